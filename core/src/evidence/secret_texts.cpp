#include "evidence/secret_texts.h"

#include <algorithm>

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
  secrets_.emplace(text.substr(0, kShortest), Secret{text, owner, index, row.id()});
}

std::vector<const SecretTexts::Secret*> SecretTexts::within(const Row& row) const {
  std::vector<const Secret*> found;
  const std::string text = text_of(row.tokens, 0, static_cast<int64_t>(row.tokens.size()));
  const auto scored = std::find(row.scored.begin(), row.scored.end(), 1) - row.scored.begin();
  const size_t unseen = text_of(row.tokens, 0, scored).size();
  for (size_t at = 0; at + kShortest <= text.size(); ++at) {
    const auto [first, last] = secrets_.equal_range(text.substr(at, kShortest));
    for (auto entry = first; entry != last; ++entry) {
      const Secret& secret = entry->second;
      if (at + secret.text.size() <= unseen) continue;
      if (text.compare(at, secret.text.size(), secret.text) == 0) found.push_back(&secret);
    }
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
