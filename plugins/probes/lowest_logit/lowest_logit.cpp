#include "lowest_logit.h"

#include <ATen/ATen.h>

#include <map>
#include <set>
#include <utility>

#include "../all_rows.h"
#include "../in_parts.h"
#include "leakprobe/error.h"
#include "leakprobe/plugin.h"
#include "search.h"

namespace leakprobe {
namespace {

/// Numbers that are summed and counted.
struct Mean {
  double sum = 0;
  int64_t count = 0;
  void add(double number) {
    sum += number;
    ++count;
  }
  double value() const { return sum / static_cast<double>(count); }
};

[[noreturn]] void fail_without_positions(const Cell& cell, int64_t from) {
  throw Error("a secret of '" + cell.name() + "' behind prefix '" + cell.prefix +
              "' has no scored token from position " + std::to_string(from) + " on; lower 'from'");
}

/// By position in the secret, from 1: 1/m where the token is among the m lowest ones, else 0.
std::map<int64_t, double> lowest_of(const Row& row, const torch::Tensor& logits,
                                    const Alphabet& alphabet) {
  const torch::Tensor own =
      logits.index_select(1, torch::tensor(alphabet.ids())).to(torch::kFloat).contiguous();
  const torch::Tensor least = own.amin(-1, true);
  const torch::Tensor share = own.eq(least).to(torch::kFloat);
  std::map<int64_t, double> result;
  int64_t line = 0;
  for (int64_t i = 0; i < static_cast<int64_t>(row.tokens.size()); ++i) {
    if (row.scored[static_cast<size_t>(i)] == 0) continue;
    if (i >= row.secret.begin && i < row.secret.end) {
      const int64_t letter = alphabet.index_of(row.tokens[static_cast<size_t>(i)]);
      const bool is_lowest = share[line][letter].item<float>() > 0;
      result[i - row.secret.begin + 1] = is_lowest ? 1 / share[line].sum().item<double>() : 0;
    }
    ++line;
  }
  return result;
}

using Search = std::pair<std::vector<int64_t>, int64_t>;  // prompt, letters

/// Finds secrets of any rows behind the prompts that they have, each searched once.
class Searches {
 public:
  Searches(ProbedModel& model, const Alphabet& alphabet, int64_t beam)
      : model_(model), alphabet_(alphabet), beam_(beam) {}

  bool find(const Row& row) {
    const auto begin = row.tokens.begin() + row.secret.begin;
    const auto end = row.tokens.begin() + row.secret.end;
    const Search search{{row.tokens.begin(), begin}, row.secret.end - row.secret.begin};
    auto found = found_.find(search);
    if (found == found_.end()) {
      found = found_
                  .emplace(search, least_likely(model_, search.first, search.second,
                                                alphabet_.ids(), beam_))
                  .first;
    }
    return found->second.count({begin, end}) > 0;
  }

 private:
  ProbedModel& model_;
  const Alphabet& alphabet_;
  const int64_t beam_;
  std::map<Search, std::set<std::vector<int64_t>>> found_;
};

}  // namespace

void LowestLogit::Options::declare(Schema<Options>& schema) {
  declare_in(schema);
  schema.field("from", &Options::from, at_least(1),
               "First position of a secret that the value counts: the first letters are shared by "
               "many secrets.",
               "tokens");
  schema.field("beam", &Options::beam, between(0, 1 << 16),
               "Texts that the search keeps, 512 for example; 0: none is made.");
}

ProbeFacts LowestLogit::facts(const Options& options) {
  using Direction = ProbeFacts::Direction;
  ProbeFacts facts;
  facts.log_probability = false;
  facts.unit = "share of positions";
  facts.direction = Direction::larger;
  facts.chance = 1 / static_cast<double>(options.size());
  if (options.beam > 0) {
    facts.aggregates = {{"found", "share of secrets", Direction::larger, std::nullopt}};
  }
  facts.axis = "position";
  return facts;
}

void LowestLogit::check(const std::vector<ProbeCell>& cells,
                        const std::optional<int64_t>& vocabulary) const {
  if (vocabulary) alphabet_.require_within(*vocabulary);
  for (const ProbeCell& cell : cells) {
    for (const Row& row : cell.rows) {
      bool counts = false;
      for (int64_t i = row.secret.begin; i < row.secret.end; ++i) {
        if (row.scored[static_cast<size_t>(i)] == 0) continue;
        alphabet_.index_of(row.tokens[static_cast<size_t>(i)]);
        counts = counts || i - row.secret.begin + 1 >= options_.from;
      }
      if (!counts) fail_without_positions(cell.cell, options_.from);
    }
  }
}

std::vector<ProbeValue> LowestLogit::measure(ProbedModel& model,
                                             const std::vector<ProbeCell>& cells) const {
  const std::vector<const Row*> rows = all_rows(cells);
  std::vector<std::map<int64_t, double>> lowest(rows.size());
  logits_in_parts(model, rows, [&](size_t i, const torch::Tensor& logits) {
    lowest[i] = lowest_of(*rows[i], logits, alphabet_);
  });
  Searches searches(model, alphabet_, options_.beam);
  std::vector<ProbeValue> values;
  auto positions = lowest.begin();
  for (const ProbeCell& cell : cells) {
    ProbeValue value{cell.cell, 0, {}};
    Mean all, found;
    std::map<int64_t, Mean> along;
    for (const Row& row : cell.rows) {
      Mean own;
      for (const auto& [position, share] : *positions++) {
        along[position].add(share);
        if (position < options_.from) continue;
        own.add(share);
        all.add(share);
      }
      if (own.count == 0) fail_without_positions(cell.cell, options_.from);
      value.items.push_back(own.value());
      if (options_.beam > 0) found.add(searches.find(row));
    }
    value.value = all.value();
    if (options_.beam > 0) value.aggregates = {found.value()};
    for (const auto& [position, mean] : along) {
      value.along.push_back({static_cast<double>(position), mean.value()});
    }
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::LowestLogit>(
      "lowest_logit", "How often a secret's token is the least likely of its alphabet.");
}
