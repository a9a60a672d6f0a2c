#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "evidence/control_rows.h"
#include "evidence/protected_rows.h"
#include "leakprobe/rows.h"
#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// Decoding takes its time: so many texts are looked for, and so many looked through.
inline constexpr int64_t kMostTexts = 100'000;

/// The secrets of watched rows as text, by which they are found in whatever tokens they stand.
class SecretTexts {
 public:
  struct Secret {
    const ProtectedRows::Owner* owner = nullptr;  ///< nullptr: one of the control
    int64_t index = 0;
    uint64_t id = 0;
  };

  explicit SecretTexts(std::shared_ptr<const Tokenizer> tokenizer)
      : tokenizer_(std::move(tokenizer)) {}

  /// Learn rows while they are made; of protected ones the first kMostTexts. The object stays where
  /// it is meanwhile.
  ProtectedRows::Seen learn_protected();
  ControlRows::Seen learn_control();
  bool empty() const { return secrets_.empty(); }
  bool has_control() const { return has_control_; }
  /// Whether some were too many to be learned.
  bool leaves_out() const { return left_ < 0; }
  /// The secrets that stand in a row's text where a loss sees a part of them; of several that are
  /// the same tokens of the same owner one.
  std::vector<const Secret*> within(const Row& row) const;

 private:
  void add(const ProtectedRows::Owner* owner, int64_t index, const Row& row);
  /// "" where the tokenizer does not know all of them.
  std::string text_of(const std::vector<int64_t>& tokens, int64_t begin, int64_t end) const;

  std::shared_ptr<const Tokenizer> tokenizer_;
  /// By their text. Those of one experiment often begin alike, so that among as many as begin like
  /// a place in a row's text those that stand there are looked up and not gone through.
  using ByText = std::map<std::string, std::vector<Secret>, std::less<>>;

  std::unordered_map<std::string, ByText> secrets_;  ///< by how they begin
  bool has_control_ = false;
  int64_t left_ = kMostTexts;
};

}  // namespace leakprobe
