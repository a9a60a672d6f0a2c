#include "tokenizer/trie.h"

namespace leakprobe {

Trie::Trie() : nodes_(1), first_bytes_(256, false) {}

const std::uint32_t* Trie::child(std::uint32_t node, char byte) const {
  for (const auto& [label, target] : nodes_[node].children) {
    if (label == byte) return &target;
  }
  return nullptr;
}

void Trie::insert(std::string_view text, std::size_t value) {
  first_bytes_[static_cast<unsigned char>(text.front())] = true;
  std::uint32_t node = 0;
  for (char byte : text) {
    if (const std::uint32_t* target = child(node, byte)) {
      node = *target;
      continue;
    }
    const auto added = static_cast<std::uint32_t>(nodes_.size());
    nodes_[node].children.emplace_back(byte, added);
    nodes_.emplace_back();
    node = added;
  }
  if (!nodes_[node].value) nodes_[node].value = value;
}

std::optional<Trie::Match> Trie::longest_match(std::string_view text, std::size_t position) const {
  if (!first_bytes_[static_cast<unsigned char>(text[position])]) return std::nullopt;
  std::optional<Match> longest;
  std::uint32_t node = 0;
  for (std::size_t end = position; end < text.size(); ++end) {
    const std::uint32_t* target = child(node, text[end]);
    if (target == nullptr) break;
    node = *target;
    if (nodes_[node].value) longest = Match{end + 1 - position, *nodes_[node].value};
  }
  return longest;
}

}  // namespace leakprobe
