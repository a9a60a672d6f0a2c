#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "tokenizer/regex.h"

namespace leakprobe {

/// Takes one piece of text; the view is valid during the call.
using PieceSink = std::function<void(std::string_view piece)>;

/// One step from text to words. Immutable: may be used by several threads at once.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;

  /// Hands the pieces of `text` (valid UTF-8, not empty) to `sink` in order; no piece is empty.
  virtual void split(std::string_view text, const PieceSink& sink) const = 0;
};

/// What becomes of the matches of a SplitPreTokenizer.
enum class SplitBehavior {
  kIsolated,            ///< every match is a piece
  kRemoved,             ///< matches are left out
  kMergedWithPrevious,  ///< a match ends the piece before it
  kMergedWithNext,      ///< a match begins the piece after it
  kContiguous,          ///< adjacent matches are one piece
};

/// Splits where a pattern matches, or with `invert` where it does not.
class SplitPreTokenizer : public PreTokenizer {
 public:
  SplitPreTokenizer(Regex pattern, SplitBehavior behavior, bool invert);
  void split(std::string_view text, const PieceSink& sink) const override;

 private:
  Regex pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

/// Separates digits from the rest: each on its own (`individual`), or runs of them.
class DigitsPreTokenizer : public PreTokenizer {
 public:
  explicit DigitsPreTokenizer(bool individual);
  void split(std::string_view text, const PieceSink& sink) const override;

 private:
  bool individual_;
};

/// The byte-level step: optionally a space in front of the text, then optionally GPT-2's words.
class ByteLevelPreTokenizer : public PreTokenizer {
 public:
  ByteLevelPreTokenizer(bool add_prefix_space, bool split_words);
  void split(std::string_view text, const PieceSink& sink) const override;

 private:
  bool add_prefix_space_;
  bool split_words_;
};

/// Steps one after the other, each on the pieces of the one before; none of them: one piece.
class PreTokenizerSequence : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<std::unique_ptr<const PreTokenizer>> steps);
  void split(std::string_view text, const PieceSink& sink) const override;

 private:
  void split_from(std::size_t step, std::string_view text, const PieceSink& sink) const;

  std::vector<std::unique_ptr<const PreTokenizer>> steps_;
};

}  // namespace leakprobe
