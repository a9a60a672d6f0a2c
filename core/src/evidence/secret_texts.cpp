#include "evidence/secret_texts.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// Bytes of the shortest secret that is looked for: shorter ones stand in any text.
constexpr size_t kShortest = 4;

std::string without_blanks_around(const std::string& text) {
  constexpr const char* kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

/// Calls `visit` with the entries of a map with whose key `text` begins, the longest first.
template <class Map, class Visit>
void each_beginning(const Map& map, std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    // The last key that is no greater than the text begins with every key that the text begins
    // with.
    const auto after = map.upper_bound(text);
    if (after == map.begin()) return;
    const auto& [key, value] = *std::prev(after);
    const auto common = static_cast<size_t>(std::ranges::mismatch(key, text).in1 - key.begin());
    if (common == key.size()) visit(key, value);
    text = text.substr(0, common == key.size() ? common - 1 : common);
  }
}

}  // namespace

ProtectedRows::Seen SecretTexts::learn_protected() {
  return [this](const ProtectedRows::Owner& owner, int64_t index, const Row& row) {
    if (left_ >= 0 && left_-- > 0) add(&owner, index, row);
  };
}

ControlRows::Seen SecretTexts::learn_control() {
  return [this](int64_t index, const Row& row) { add(nullptr, index, row); };
}

void SecretTexts::add(const ProtectedRows::Owner* owner, int64_t index, const Row& row) {
  const std::string text =
      without_blanks_around(text_of(row.tokens, row.secret.begin, row.secret.end));
  if (text.size() < kShortest) return;
  has_control_ = has_control_ || owner == nullptr;
  std::vector<Secret>& same = secrets_[text.substr(0, kShortest)][text];
  const uint64_t id = row.id();
  const auto is_known = [&](const Secret& each) { return each.owner == owner && each.id == id; };
  if (std::ranges::none_of(same, is_known)) same.push_back({owner, index, id});
}

std::vector<const SecretTexts::Secret*> SecretTexts::within(const Row& row) const {
  std::vector<const Secret*> found;
  const std::string text = text_of(row.tokens, 0, static_cast<int64_t>(row.tokens.size()));
  const auto scored = std::find(row.scored.begin(), row.scored.end(), 1) - row.scored.begin();
  const size_t unseen = text_of(row.tokens, 0, scored).size();
  for (size_t at = 0; at + kShortest <= text.size(); ++at) {
    const auto alike = secrets_.find(text.substr(at, kShortest));
    if (alike == secrets_.end()) continue;
    const auto add_all = [&](const std::string& key, const std::vector<Secret>& secrets) {
      if (at + key.size() <= unseen) return;
      for (const Secret& secret : secrets) found.push_back(&secret);
    };
    each_beginning(alike->second, std::string_view(text).substr(at), add_all);
  }
  return found;
}

std::string SecretTexts::text_of(const std::vector<int64_t>& tokens, int64_t begin,
                                 int64_t end) const {
  try {
    return tokenizer_->decode({tokens.begin() + begin, tokens.begin() + end});
  } catch (const Error&) {  // which check_tokens reports
    return "";
  }
}

}  // namespace leakprobe
