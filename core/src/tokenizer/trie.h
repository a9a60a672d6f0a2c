#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace leakprobe {

/// A set of texts that finds the longest of them at a position.
class Trie {
 public:
  struct Match {
    std::size_t length;  ///< bytes
    std::size_t value;   ///< what insert() was given
  };

  Trie();

  /// Adds a text that is not empty; the first value stays where a text comes twice.
  void insert(std::string_view text, std::size_t value);

  /// The longest text of the set with which `text` from `position` on begins.
  std::optional<Match> longest_match(std::string_view text, std::size_t position) const;

 private:
  struct Node {
    std::vector<std::pair<char, std::uint32_t>> children;
    std::optional<std::size_t> value;
  };

  const std::uint32_t* child(std::uint32_t node, char byte) const;

  std::vector<Node> nodes_;
  std::vector<bool> first_bytes_;
};

}  // namespace leakprobe
