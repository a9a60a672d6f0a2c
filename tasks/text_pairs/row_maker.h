#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answer.h"
#include "leakprobe/rows.h"
#include "leakprobe/tokenizer.h"
#include "leakprobe/words.h"

namespace leakprobe::text_pairs {

/// Which tokens of a row are predicted.
enum class Scored { answer, secret };
constexpr auto words_of(Scored) {
  return std::array{Word{Scored::answer, "answer", "the answer, an end-of-text token with it"},
                    Word{Scored::secret, "secret", "the secret alone, not the text around it"}};
}

/// How rows are made of texts.
struct Making {
  std::vector<int64_t> begin;  ///< tokens before all others
  std::vector<int64_t> end;    ///< tokens behind an answer that is whole
  Scored scored = Scored::answer;
  std::optional<int64_t> most_of_prompt;  ///< tokens that are kept, at its end
  std::optional<int64_t> most_of_answer;  ///< tokens that are kept, at its beginning
};

/// Makes rows of texts. Each part is tokenized by itself, so that a secret has the same tokens
/// behind every prompt and within every carrier text.
class RowMaker {
 public:
  RowMaker(std::shared_ptr<const Tokenizer> tokenizer, Making making)
      : tokenizer_(std::move(tokenizer)), making_(std::move(making)) {}

  /// What cutting took from a row.
  struct Cut {
    bool prompt = false;
    bool answer = false;
  };

  /// Throws Error, in words that complete "the row ...", where it has no token to score or its
  /// secret would be cut.
  Row make(const std::vector<int64_t>& prefix, std::string_view prompt, const Answer& answer,
           Cut* cut = nullptr) const;

  /// Whether anything may be cut at all.
  bool cuts() const { return making_.most_of_prompt || making_.most_of_answer; }
  bool cuts_prompt(std::string_view prompt) const;
  /// False of most answers that are not cut, without asking the tokenizer.
  bool may_cut_answer(std::string_view text) const;

  /// Whether the tokenizer joins what stands on both sides of a border between parts.
  bool joins(std::string_view prompt, const Answer& answer) const;

 private:
  std::vector<int64_t> tokens(std::string_view text) const;

  const std::shared_ptr<const Tokenizer> tokenizer_;
  const Making making_;
};

}  // namespace leakprobe::text_pairs
