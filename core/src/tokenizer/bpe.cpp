#include "tokenizer/bpe.h"

#include <algorithm>
#include <bit>
#include <queue>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

// Up to here looking through all pairs for each merge is faster than keeping a heap.
constexpr std::size_t kShortWord = 32;

std::size_t table_size(std::size_t entries) { return std::bit_ceil(2 * entries + 1); }

std::uint64_t pair_key(std::uint32_t left, std::uint32_t right) {
  return static_cast<std::uint64_t>(left) << 32 | right;
}

std::size_t pair_hash(std::uint64_t key) {
  key *= 0x9E3779B97F4A7C15u;
  return static_cast<std::size_t>(key ^ key >> 32);
}

std::uint32_t word_hash(std::string_view word) {
  return static_cast<std::uint32_t>(XXH3_64bits(word.data(), word.size()));
}

}  // namespace

BytePairEncoder::BytePairEncoder(std::vector<std::optional<std::string>> tokens,
                                 const std::vector<Merge>& merges, Options options)
    : options_(options), tokens_(std::move(tokens)), pairs_(table_size(merges.size())) {
  byte_tokens_.fill(kNone);
  for (std::size_t id = 0; id < tokens_.size(); ++id) {
    if (tokens_[id] && tokens_[id]->size() == 1) {
      byte_tokens_[static_cast<unsigned char>(tokens_[id]->front())] =
          static_cast<std::uint32_t>(id);
    }
  }
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    insert_pair(merges[rank], static_cast<std::uint32_t>(rank));
  }
  insert_words();
}

void BytePairEncoder::insert_pair(const Merge& merge, std::uint32_t rank) {
  const std::size_t mask = pairs_.size() - 1;
  const std::uint64_t key = pair_key(merge.left, merge.right);
  std::size_t slot = pair_hash(key) & mask;
  while (pairs_[slot].rank != kNone && pairs_[slot].pair != key) slot = (slot + 1) & mask;
  pairs_[slot] = {key, rank, merge.result};
}

const BytePairEncoder::PairSlot& BytePairEncoder::find_pair(std::uint32_t left,
                                                            std::uint32_t right) const {
  const std::size_t mask = pairs_.size() - 1;
  const std::uint64_t key = pair_key(left, right);
  std::size_t slot = pair_hash(key) & mask;
  while (pairs_[slot].rank != kNone && pairs_[slot].pair != key) slot = (slot + 1) & mask;
  return pairs_[slot];
}

// Most words of a text are one token. A token whose bytes the merges bring back to it is found
// here without them.
void BytePairEncoder::insert_words() {
  words_.resize(table_size(tokens_.size()));
  const std::size_t mask = words_.size() - 1;
  std::vector<std::int64_t> ids;
  for (std::size_t id = 0; id < tokens_.size(); ++id) {
    if (!tokens_[id] || tokens_[id]->empty()) continue;
    if (!options_.ignore_merges) {
      ids.clear();
      merge(*tokens_[id], ids);
      if (ids.size() != 1 || ids.front() != static_cast<std::int64_t>(id)) continue;
    }
    const std::uint32_t hash = word_hash(*tokens_[id]);
    std::size_t slot = hash & mask;
    while (words_[slot].id != kNone) slot = (slot + 1) & mask;
    words_[slot] = {hash, static_cast<std::uint32_t>(id)};
  }
}

std::uint32_t BytePairEncoder::find_word(std::string_view word) const {
  const std::size_t mask = words_.size() - 1;
  const std::uint32_t hash = word_hash(word);
  for (std::size_t slot = hash & mask; words_[slot].id != kNone; slot = (slot + 1) & mask) {
    if (words_[slot].hash == hash && *tokens_[words_[slot].id] == word) return words_[slot].id;
  }
  return kNone;
}

void BytePairEncoder::encode(std::string_view word, std::vector<std::int64_t>& ids) const {
  const std::uint32_t id = find_word(word);
  if (id != kNone) {
    ids.push_back(id);
  } else {
    merge(word, ids);
  }
}

void BytePairEncoder::merge(std::string_view word, std::vector<std::int64_t>& ids) const {
  if (word.size() <= kShortWord) {
    merge_short(word, ids);
  } else {
    merge_long(word, ids);
  }
}

template <typename Add>
void BytePairEncoder::for_each_symbol(std::string_view word, const Add& add) const {
  bool after_unknown = false;
  for (char byte : word) {
    const std::uint32_t token = byte_tokens_[static_cast<unsigned char>(byte)];
    if (token != kNone) {
      add(token);
      after_unknown = false;
    } else if (options_.unknown) {
      if (!after_unknown || !options_.fuse_unknown) add(*options_.unknown);
      after_unknown = true;
    }
  }
}

void BytePairEncoder::merge_short(std::string_view word, std::vector<std::int64_t>& ids) const {
  std::array<std::uint32_t, kShortWord> symbols;
  std::array<std::uint32_t, kShortWord> ranks;    // of the pair that begins here
  std::array<std::uint32_t, kShortWord> results;  // what it becomes
  std::size_t count = 0;
  for_each_symbol(word, [&](std::uint32_t symbol) { symbols[count++] = symbol; });
  const auto look_up = [&](std::size_t i) {
    const PairSlot& pair = find_pair(symbols[i], symbols[i + 1]);
    ranks[i] = pair.rank;
    results[i] = pair.result;
  };
  for (std::size_t i = 0; i + 1 < count; ++i) look_up(i);
  while (count > 1) {
    const auto best = std::min_element(ranks.begin(), ranks.begin() + (count - 1));
    if (*best == kNone) break;
    const auto at = static_cast<std::size_t>(best - ranks.begin());
    symbols[at] = results[at];
    --count;
    for (std::size_t i = at + 1; i < count; ++i) symbols[i] = symbols[i + 1];
    for (std::size_t i = at; i + 1 < count; ++i) {
      ranks[i] = ranks[i + 1];
      results[i] = results[i + 1];
    }
    if (at > 0) look_up(at - 1);
    if (at + 1 < count) look_up(at);
  }
  ids.insert(ids.end(), symbols.begin(), symbols.begin() + count);
}

void BytePairEncoder::merge_long(std::string_view word, std::vector<std::int64_t>& ids) const {
  LEAKPROBE_CHECK(word.size() <= 0x7FFFFFFF, "a word has at most 2^31 bytes");
  struct Node {
    std::uint32_t symbol;  // kNone once it has been merged into the one before
    std::uint32_t previous;
    std::uint32_t next;
  };
  struct Candidate {
    std::uint32_t rank;
    std::uint32_t position;
    std::uint32_t left, right, result;
    bool operator<(const Candidate& other) const {  // the best one is the heap's greatest
      return rank != other.rank ? rank > other.rank : position > other.position;
    }
  };
  std::vector<Node> nodes;
  nodes.reserve(word.size());
  for_each_symbol(word, [&](std::uint32_t symbol) {
    const auto size = static_cast<std::uint32_t>(nodes.size());
    nodes.push_back({symbol, size - 1, size + 1});
  });
  if (nodes.empty()) return;
  nodes.front().previous = kNone;
  nodes.back().next = kNone;

  std::vector<Candidate> storage;
  storage.reserve(nodes.size());
  std::priority_queue<Candidate> queue(std::less<Candidate>(), std::move(storage));
  const auto offer = [&](std::uint32_t position) {
    const std::uint32_t next = nodes[position].next;
    if (next == kNone) return;
    const std::uint32_t left = nodes[position].symbol;
    const std::uint32_t right = nodes[next].symbol;
    const PairSlot& pair = find_pair(left, right);
    if (pair.rank != kNone) queue.push({pair.rank, position, left, right, pair.result});
  };
  for (std::uint32_t position = 0; position < nodes.size(); ++position) offer(position);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Node& node = nodes[best.position];
    // An earlier merge may have taken a symbol of this pair.
    if (node.symbol != best.left || node.next == kNone || nodes[node.next].symbol != best.right) {
      continue;
    }
    const std::uint32_t taken = node.next;
    node.symbol = best.result;
    node.next = nodes[taken].next;
    nodes[taken].symbol = kNone;
    if (node.next != kNone) nodes[node.next].previous = best.position;
    if (node.previous != kNone) offer(node.previous);
    offer(best.position);
  }
  for (std::uint32_t position = 0; position != kNone; position = nodes[position].next) {
    ids.push_back(nodes[position].symbol);
  }
}

}  // namespace leakprobe
