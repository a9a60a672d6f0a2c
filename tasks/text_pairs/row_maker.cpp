#include "row_maker.h"

#include <algorithm>

#include "../utf8.h"
#include "leakprobe/error.h"

namespace leakprobe::text_pairs {
namespace {

void append(std::vector<int64_t>& all, const std::vector<int64_t>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// Whether a text may have more than so many tokens: each has a byte at least, of what the text
/// becomes by Unicode's normalisation, which leaves ASCII alone and makes nothing more than three
/// times as long.
bool may_exceed(std::string_view text, const std::optional<int64_t>& limit) {
  const size_t bytes = texts::is_ascii(text) ? text.size() : 3 * text.size();
  return limit && static_cast<int64_t>(bytes) > *limit;
}

int64_t size_of(const std::vector<int64_t>& tokens) { return static_cast<int64_t>(tokens.size()); }

}  // namespace

std::vector<int64_t> RowMaker::tokens(std::string_view text) const {
  if (text.empty()) return {};
  std::vector<int64_t> tokens = tokenizer_->encode(text);
  if (tokens.empty()) throw Error("has a text of which the tokenizer makes no token");
  return tokens;
}

Row RowMaker::make(const std::vector<int64_t>& prefix, std::string_view prompt,
                   const Answer& answer, Cut* cut) const {
  std::vector<int64_t> before = tokens(prompt);
  const int64_t prompt_limit = making_.most_of_prompt.value_or(size_of(before));
  const bool cuts_prompt = size_of(before) > prompt_limit;
  if (cuts_prompt) before.erase(before.begin(), before.end() - prompt_limit);

  Row row;
  row.tokens = making_.begin;
  append(row.tokens, prefix);
  append(row.tokens, before);
  const int64_t begin = size_of(row.tokens);
  append(row.tokens, tokens(answer.before));
  row.secret.begin = size_of(row.tokens);
  append(row.tokens, tokens(answer.secret));
  row.secret.end = size_of(row.tokens);
  append(row.tokens, tokens(answer.after));

  const int64_t answer_limit = making_.most_of_answer.value_or(size_of(row.tokens) - begin);
  const bool cuts_answer = size_of(row.tokens) - begin > answer_limit;
  if (cuts_answer) {
    // A secret without carrier text is what is left of it, the same behind every prefix.
    const bool is_whole = answer.before.empty() && answer.after.empty();
    if (!is_whole && begin + answer_limit < row.secret.end) {
      throw Error("would lose a part of its marked secret: raise truncate.answer");
    }
    row.tokens.resize(static_cast<size_t>(begin + answer_limit));
    row.secret.end = std::min(row.secret.end, size_of(row.tokens));
  } else {
    append(row.tokens, making_.end);
  }
  if (cut) *cut = {cuts_prompt, cuts_answer};

  const bool whole = making_.scored == Scored::answer;
  row.scored.assign(row.tokens.size(), 0);
  const int64_t first = std::max<int64_t>(whole ? begin : row.secret.begin, 1);
  const int64_t last = whole ? size_of(row.tokens) : row.secret.end;
  if (first >= last) {
    throw Error(
        "has one token and nothing before it, so that there is nothing to score: give it a "
        "prompt, or set bos");
  }
  std::fill(row.scored.begin() + first, row.scored.begin() + last, 1);
  return row;
}

bool RowMaker::cuts_prompt(std::string_view prompt) const {
  const std::optional<int64_t>& most = making_.most_of_prompt;
  return may_exceed(prompt, most) && size_of(tokens(prompt)) > *most;
}

bool RowMaker::may_cut_answer(std::string_view text) const {
  return may_exceed(text, making_.most_of_answer);
}

bool RowMaker::joins(std::string_view prompt, const Answer& answer) const {
  std::string all;
  std::vector<int64_t> apart;
  for (const std::string_view part : {prompt, answer.before, answer.secret, answer.after}) {
    all += part;
    append(apart, tokens(part));
  }
  return apart.size() > 0 && tokenizer_->encode(all) != apart;
}

}  // namespace leakprobe::text_pairs
