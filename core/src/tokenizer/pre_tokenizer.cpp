#include "tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "text/utf8.h"
#include "tokenizer/gpt2_splitter.h"
#include "tokenizer/unicode_classes.h"

namespace leakprobe {
namespace {

// A match joins the span before it, unless that was a match as well.
std::vector<PatternSpan> merged_with_previous(const std::vector<PatternSpan>& spans) {
  std::vector<PatternSpan> merged;
  bool previous_is_match = false;
  for (const PatternSpan& span : spans) {
    if (span.is_match && !previous_is_match && !merged.empty()) {
      merged.back().end = span.end;
    } else {
      merged.push_back(span);
    }
    previous_is_match = span.is_match;
  }
  return merged;
}

std::vector<PatternSpan> merged_with_next(const std::vector<PatternSpan>& spans) {
  std::vector<PatternSpan> merged;
  bool next_is_match = false;
  for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
    if (span->is_match && !next_is_match && !merged.empty()) {
      merged.back().begin = span->begin;
    } else {
      merged.push_back(*span);
    }
    next_is_match = span->is_match;
  }
  std::reverse(merged.begin(), merged.end());
  return merged;
}

std::vector<PatternSpan> contiguous(const std::vector<PatternSpan>& spans) {
  std::vector<PatternSpan> merged;
  bool previous_is_match = false;
  for (const PatternSpan& span : spans) {
    if (span.is_match == previous_is_match && !merged.empty()) {
      merged.back().end = span.end;
    } else {
      merged.push_back(span);
    }
    previous_is_match = span.is_match;
  }
  return merged;
}

}  // namespace

SplitPreTokenizer::SplitPreTokenizer(Regex pattern, SplitBehavior behavior, bool invert)
    : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

void SplitPreTokenizer::split(std::string_view text, const PieceSink& sink) const {
  std::vector<PatternSpan> spans = pattern_.split(text);
  if (invert_) {
    for (PatternSpan& span : spans) span.is_match = !span.is_match;
  }
  switch (behavior_) {
    case SplitBehavior::kIsolated:
      break;
    case SplitBehavior::kRemoved:
      std::erase_if(spans, [](const PatternSpan& span) { return span.is_match; });
      break;
    case SplitBehavior::kMergedWithPrevious:
      spans = merged_with_previous(spans);
      break;
    case SplitBehavior::kMergedWithNext:
      spans = merged_with_next(spans);
      break;
    case SplitBehavior::kContiguous:
      spans = contiguous(spans);
      break;
  }
  for (const PatternSpan& span : spans) {
    if (span.begin < span.end) sink(text.substr(span.begin, span.end - span.begin));
  }
}

DigitsPreTokenizer::DigitsPreTokenizer(bool individual) : individual_(individual) {}

void DigitsPreTokenizer::split(std::string_view text, const PieceSink& sink) const {
  std::size_t begin = 0;
  bool in_digits = false;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t character = position;
    const bool is_digit = is_in_class(next_code_point(text, position), UnicodeClass::kDigit);
    const bool is_new_piece = is_digit != in_digits || (is_digit && individual_);
    if (is_new_piece && begin < character) {
      sink(text.substr(begin, character - begin));
      begin = character;
    }
    in_digits = is_digit;
  }
  sink(text.substr(begin));
}

ByteLevelPreTokenizer::ByteLevelPreTokenizer(bool add_prefix_space, bool split_words)
    : add_prefix_space_(add_prefix_space), split_words_(split_words) {}

void ByteLevelPreTokenizer::split(std::string_view text, const PieceSink& sink) const {
  std::string with_space;
  if (add_prefix_space_ && text.front() != ' ') {
    with_space = " ";
    with_space += text;
    text = with_space;
  }
  if (!split_words_) {
    sink(text);
    return;
  }
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = gpt2_word_end(text, begin);
    sink(text.substr(begin, end - begin));
    begin = end;
  }
}

PreTokenizerSequence::PreTokenizerSequence(std::vector<std::unique_ptr<const PreTokenizer>> steps)
    : steps_(std::move(steps)) {}

void PreTokenizerSequence::split(std::string_view text, const PieceSink& sink) const {
  split_from(0, text, sink);
}

void PreTokenizerSequence::split_from(std::size_t step, std::string_view text,
                                      const PieceSink& sink) const {
  if (step == steps_.size()) {
    sink(text);
    return;
  }
  // The last step hands over by itself: one call less for every word.
  if (step + 1 == steps_.size()) {
    steps_[step]->split(text, sink);
    return;
  }
  steps_[step]->split(text, [&](std::string_view piece) { split_from(step + 1, piece, sink); });
}

}  // namespace leakprobe
