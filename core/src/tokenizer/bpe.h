#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// Two neighbouring tokens become one.
struct Merge {
  std::uint32_t left;
  std::uint32_t right;
  std::uint32_t result;
};

/// Byte-pair encoding of words given as bytes. Immutable: may be used by several threads at once.
class BytePairEncoder {
 public:
  struct Options {
    bool ignore_merges = false;  ///< a word that is a token is that token, whatever the merges say
    std::optional<std::uint32_t> unknown =
        {};                     ///< for a byte that is no token; else it is left out
    bool fuse_unknown = false;  ///< neighbouring unknown bytes are one unknown token
  };

  /// `tokens[id]` are the bytes of a token, none for one that no word can contain; no two are the
  /// same. `merges` come in order of precedence; of equal pairs the last counts.
  BytePairEncoder(std::vector<std::optional<std::string>> tokens, const std::vector<Merge>& merges,
                  Options options);

  /// Appends the ids of a word, in time n log n of its length (at most 2^31 bytes).
  void encode(std::string_view word, std::vector<std::int64_t>& ids) const;

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  struct PairSlot {
    std::uint64_t pair = ~std::uint64_t{0};
    std::uint32_t rank = kNone;
    std::uint32_t result = kNone;
  };
  struct WordSlot {
    std::uint32_t hash = 0;
    std::uint32_t id = kNone;
  };

  void insert_pair(const Merge& merge, std::uint32_t rank);
  const PairSlot& find_pair(std::uint32_t left, std::uint32_t right) const;
  std::uint32_t find_word(std::string_view word) const;
  void insert_words();
  template <typename Add>
  void for_each_symbol(std::string_view word, const Add& add) const;
  void merge_short(std::string_view word, std::vector<std::int64_t>& ids) const;
  void merge_long(std::string_view word, std::vector<std::int64_t>& ids) const;
  void merge(std::string_view word, std::vector<std::int64_t>& ids) const;

  Options options_;
  std::vector<std::optional<std::string>> tokens_;
  std::array<std::uint32_t, 256> byte_tokens_;
  std::vector<PairSlot> pairs_;  // open addressing: a power of two, at most half full
  std::vector<WordSlot> words_;  // likewise: the tokens that encode to themselves
};

}  // namespace leakprobe
