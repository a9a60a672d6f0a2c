#include "extraction.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "../all_rows.h"
#include "greedy.h"
#include "guesses.h"
#include "leakprobe/error.h"
#include "leakprobe/plugin.h"
#include "near.h"
#include "target.h"

namespace leakprobe {
namespace {

constexpr const char* kUnit = "log2 guesses";

double mean_of(std::span<const double> numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0) / static_cast<double>(numbers.size());
}

/// The secrets of a cell, among which there are two.
std::vector<uint64_t> secrets_to_compare(const ProbeCell& cell) {
  std::vector<uint64_t> secrets;
  for (const Row& row : cell.rows) secrets.push_back(row.id());
  const auto is_first = [&](uint64_t secret) { return secret == secrets.front(); };
  if (std::all_of(secrets.begin(), secrets.end(), is_first)) {
    throw Error("extraction compares greedy text with the other secrets of '" + cell.cell.name() +
                "' behind prefix '" + cell.cell.prefix +
                "', and there is one alone; give the probe more 'rows', or write greedy: false");
  }
  return secrets;
}

}  // namespace

void Extraction::Options::declare(Schema<Options>& schema) {
  schema.field("probability", &Options::probability, strictly_between(0.0, 1.0),
               "With which the secret is to be among the guesses.");
  schema.field("temperature", &Options::temperature, above(0.0),
               "Of the attacker's samples; nothing is cut off.");
  schema.field("context", &Options::context, at_least(0),
               "First tokens of the secret that the attacker knows.", "tokens");
  schema.field("greedy", &Options::greedy, kAny, "Whether to decode greedily, too.");
  schema.field("near", &Options::near, between(0, 1 << 16),
               "Other tokens looked at in each place for texts that differ in at most one, 20 for "
               "example; 0: none.");
}

ProbeFacts Extraction::facts(const Options& options) {
  using Direction = ProbeFacts::Direction;
  ProbeFacts facts;
  facts.log_probability = false;
  facts.unit = kUnit;
  facts.direction = Direction::smaller;
  facts.aggregates = {
      {.name = "least", .unit = kUnit, .direction = Direction::smaller, .by_rows = true}};
  if (options.near > 0) {
    facts.aggregates.push_back({"near", kUnit, Direction::smaller, std::nullopt});
  }
  if (options.greedy) {
    facts.aggregates.push_back({"greedy", "tokens", Direction::larger, std::nullopt});
    facts.aggregates.push_back({"greedy_excess", "tokens", Direction::larger, 0.0});
    facts.aggregates.push_back(
        {"greedy_whole", "share of secrets", Direction::larger, std::nullopt});
  }
  return facts;
}

void Extraction::check(const std::vector<ProbeCell>& cells, const std::optional<int64_t>&) const {
  for (const ProbeCell& cell : cells) {
    for (const Row& row : cell.rows) target_of(row, options_.context, cell.cell);
    if (options_.greedy) secrets_to_compare(cell);
  }
}

std::vector<ProbeValue> Extraction::measure(ProbedModel& model,
                                            const std::vector<ProbeCell>& cells) const {
  const std::vector<const Row*> rows = all_rows(cells);
  std::vector<Target> targets;
  for (const ProbeCell& cell : cells) {
    for (const Row& row : cell.rows) targets.push_back(target_of(row, options_.context, cell.cell));
  }
  const auto in_guesses = [&](std::vector<double> log_probs) {
    for (double& each : log_probs) each = log2_guesses(each, options_.probability);
    return log_probs;
  };
  const std::vector<double> guesses =
      in_guesses(log_probs_of_targets(model, rows, targets, options_.temperature));
  std::vector<double> near;
  if (options_.near > 0) {
    near =
        in_guesses(log_probs_within_one(model, rows, targets, options_.temperature, options_.near));
  }
  std::vector<std::vector<int64_t>> texts;
  if (options_.greedy) texts = greedy_texts(model, targets);

  std::vector<ProbeValue> values;
  size_t begin = 0;
  for (const ProbeCell& cell : cells) {
    const size_t count = cell.rows.size();
    LEAKPROBE_CHECK(count > 0, "a cell without rows was probed");
    const std::span own = std::span(guesses).subspan(begin, count);
    ProbeValue value{cell.cell, mean_of(own), {own.begin(), own.end()}};
    value.aggregates = {*std::min_element(own.begin(), own.end())};
    if (options_.near > 0) {
      value.aggregates.push_back(mean_of(std::span(near).subspan(begin, count)));
    }
    if (options_.greedy) {
      const CommonPrefixes greedy =
          common_prefixes(std::span(texts).subspan(begin, count),
                          std::span(targets).subspan(begin, count), secrets_to_compare(cell));
      value.aggregates.insert(value.aggregates.end(),
                              {greedy.own, greedy.own - greedy.others, greedy.whole});
    }
    values.push_back(std::move(value));
    begin += count;
  }
  return values;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Extraction>(
      "extraction", "Guesses that an attacker needs until a secret comes, computed exactly.");
}
