#include "data/secret_index.h"

#include <algorithm>

#include "data/item_stream.h"
#include "data/prompts.h"

namespace leakprobe {

SecretIndex::SecretIndex(const RewardFacts& reward, const Task& task, const TaskFacts& facts,
                         uint64_t seed)
    : reward_(reward) {
  for (const RewardFacts::Rows& known : reward.rows) {
    RowsOf rows = facts.rows_named(known.name).value();
    rows.prefix = facts.first_prefix();
    const int64_t size = facts.at(rows.set).size.value_or(0);
    std::vector<uint64_t>& keys = keys_.emplace_back();
    keys.reserve(static_cast<size_t>(size));
    for (int64_t i = 0; i < size; ++i) {
      keys.push_back(key_of(secret_of(set_row(task, facts, rows, i, seed))));
    }
    std::ranges::sort(keys);
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
  const uint64_t key = key_of(tokens);
  std::vector<std::string> names;
  for (size_t r = 0; r < keys_.size(); ++r) {
    const std::string& name = reward_.rows[r].name;
    if (name == planted_from || std::ranges::binary_search(keys_[r], key)) names.push_back(name);
  }
  return names;
}

}  // namespace leakprobe
