#include "search.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "../in_parts.h"

namespace leakprobe {
namespace {

struct Text {
  std::vector<int64_t> tokens;  ///< without the prompt
  double log_prob = 0;
};

/// A row whose last token, whichever it is, is the one behind `text`.
Row row_before_next(const std::vector<int64_t>& prompt, const Text& text, int64_t any) {
  Row row;
  row.tokens = prompt;
  row.tokens.insert(row.tokens.end(), text.tokens.begin(), text.tokens.end());
  row.tokens.push_back(any);
  row.scored.assign(row.tokens.size(), 0);
  row.scored.back() = 1;
  row.secret = {static_cast<int64_t>(row.tokens.size()) - 1,
                static_cast<int64_t>(row.tokens.size())};
  return row;
}

/// Each text with each letter behind it.
std::vector<Text> longer(ProbedModel& model, const std::vector<int64_t>& prompt,
                         const std::vector<Text>& texts, const std::vector<int64_t>& letters) {
  std::vector<Text> result;
  const auto add = [&](const Text& text, int64_t letter, double log_prob) {
    result.push_back(text);
    result.back().tokens.push_back(letter);
    result.back().log_prob += log_prob;
  };
  if (prompt.empty() && texts.front().tokens.empty()) {
    for (const int64_t letter : letters) add(texts.front(), letter, 0);
    return result;
  }
  std::vector<Row> rows;
  for (const Text& text : texts) rows.push_back(row_before_next(prompt, text, letters.front()));
  std::vector<const Row*> pointers;
  for (const Row& row : rows) pointers.push_back(&row);
  const torch::Tensor ids = torch::tensor(letters);
  logits_in_parts(model, pointers, [&](size_t i, const torch::Tensor& logits) {
    const torch::Tensor own =
        at::log_softmax(logits[0], -1).index_select(0, ids).to(torch::kDouble).contiguous();
    for (size_t a = 0; a < letters.size(); ++a) {
      add(texts[i], letters[a], own.data_ptr<double>()[a]);
    }
  });
  return result;
}

}  // namespace

std::set<std::vector<int64_t>> least_likely(ProbedModel& model, const std::vector<int64_t>& prompt,
                                            int64_t length, const std::vector<int64_t>& letters,
                                            int64_t beam) {
  std::vector<Text> texts(1);
  for (int64_t t = 0; t < length; ++t) {
    texts = longer(model, prompt, texts, letters);
    // Of texts that are as likely those that come first, so that the result is always the same.
    std::stable_sort(texts.begin(), texts.end(),
                     [](const Text& a, const Text& b) { return a.log_prob < b.log_prob; });
    if (static_cast<int64_t>(texts.size()) > beam) texts.resize(static_cast<size_t>(beam));
  }
  std::set<std::vector<int64_t>> found;
  for (Text& text : texts) found.insert(std::move(text.tokens));
  return found;
}

}  // namespace leakprobe
