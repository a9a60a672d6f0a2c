#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/trie.h"

namespace leakprobe {

/// A token that is found in the text before anything else is done with it.
struct AddedToken {
  std::int64_t id = 0;
  std::string content;
  bool single_word = false;  ///< not found where it touches a word's character
  bool lstrip = false;       ///< takes the spaces before it along
  bool rstrip = false;       ///< takes the spaces after it along
  bool normalized = false;   ///< is looked for in the normalised text
  bool special = false;
};

/// Finds added tokens: the leftmost first, of those the longest.
class AddedTokenFinder {
 public:
  using TextSink = std::function<void(std::string_view text)>;
  using TokenSink = std::function<void(std::int64_t id)>;

  /// Looks for `content` of each token, which is not empty. Of tokens with the same content the
  /// first is found.
  explicit AddedTokenFinder(std::vector<AddedToken> tokens);

  bool empty() const { return tokens_.empty(); }

  /// Hands the tokens of `text` (valid UTF-8) to `token` and the texts between them, none of them
  /// empty, to `other`, in order.
  void split(std::string_view text, const TextSink& other, const TokenSink& token) const;

 private:
  std::vector<AddedToken> tokens_;
  Trie contents_;
};

}  // namespace leakprobe
