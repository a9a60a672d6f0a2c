#include "greedy.h"

#include <algorithm>
#include <map>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

double common(const std::vector<int64_t>& text, const std::vector<int64_t>& target) {
  const auto end = std::mismatch(text.begin(), text.end(), target.begin(), target.end()).first;
  return static_cast<double>(end - text.begin());
}

}  // namespace

std::vector<std::vector<int64_t>> greedy_texts(ProbedModel& model,
                                               const std::vector<Target>& targets) {
  // A call makes one number of tokens, and more than a target has might not fit into the model.
  std::map<size_t, std::vector<size_t>> by_length;
  for (size_t i = 0; i < targets.size(); ++i) by_length[targets[i].tokens.size()].push_back(i);
  std::vector<std::vector<int64_t>> texts(targets.size());
  const RandomStream unused(0, "greedy");
  for (const auto& [length, rows] : by_length) {
    std::vector<std::vector<int64_t>> prompts;
    for (const size_t row : rows) prompts.push_back(targets[row].prompt);
    const Sampling greedy{.tokens = static_cast<int64_t>(length), .temperature = 0};
    std::vector<Generated> made = model.generate(prompts, greedy, unused);
    LEAKPROBE_CHECK(made.size() == rows.size(), "a model continued another number of prompts");
    for (size_t i = 0; i < rows.size(); ++i) texts[rows[i]] = std::move(made[i].tokens);
  }
  return texts;
}

CommonPrefixes common_prefixes(std::span<const std::vector<int64_t>> texts,
                               std::span<const Target> targets, std::span<const uint64_t> secrets) {
  CommonPrefixes sum;
  for (size_t i = 0; i < texts.size(); ++i) {
    sum.own += common(texts[i], targets[i].tokens);
    sum.whole += texts[i] == targets[i].tokens;
    double shared = 0, others = 0;
    for (size_t j = 0; j < targets.size(); ++j) {
      if (secrets[j] == secrets[i]) continue;
      shared += common(texts[i], targets[j].tokens);
      others += 1;
    }
    if (others > 0) sum.others += shared / others;
  }
  const auto rows = static_cast<double>(texts.size());
  return {sum.own / rows, sum.others / rows, sum.whole / rows};
}

}  // namespace leakprobe
