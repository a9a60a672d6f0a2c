#include "data/secret_index.h"

#include <algorithm>

#include "data/item_stream.h"

namespace leakprobe {

SecretIndex::SecretIndex(const RewardFacts& reward, const Task& task, const TaskFacts& facts,
                         uint64_t seed)
    : reward_(reward) {
  for (size_t r = 0; r < reward.rows.size(); ++r) {
    RowsOf rows = facts.rows_named(reward.rows[r].name).value();
    rows.prefix = facts.first_prefix();
    const int64_t size = facts.at(rows.set).size.value_or(0);
    for (int64_t i = 0; i < size; ++i) {
      const Row row = set_row(task, facts, rows, i, seed);
      rows_of_[key_of({row.tokens.begin() + row.secret.begin, row.tokens.begin() + row.secret.end})]
          .insert(r);
    }
  }
}

uint64_t SecretIndex::key_of(const std::vector<int64_t>& tokens) const {
  Row row;
  row.tokens = tokens;
  const auto length = static_cast<int64_t>(tokens.size());
  row.secret = {0, std::min(length, reward_.first_tokens.value_or(length))};
  return row.id();
}

std::vector<std::string> SecretIndex::find(const std::vector<int64_t>& tokens,
                                           const std::string& planted_from) const {
  const auto known = rows_of_.find(key_of(tokens));
  std::vector<std::string> names;
  for (size_t r = 0; r < reward_.rows.size(); ++r) {
    const std::string& name = reward_.rows[r].name;
    if (name == planted_from || (known != rows_of_.end() && known->second.count(r) > 0)) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace leakprobe
