#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leakprobe/tokenizer.h"

namespace leakprobe::texts {

/// A token a byte, but for some longer ones, of which the longest that fits is taken.
class ByteTokenizer final : public Tokenizer {
 public:
  static constexpr int64_t kBytes = 256;
  explicit ByteTokenizer(std::vector<std::string> longer = {}) : longer_(std::move(longer)) {}

  std::vector<int64_t> encode(std::string_view text) const override {
    std::vector<int64_t> ids;
    while (!text.empty()) {
      int64_t id = static_cast<unsigned char>(text.front());
      size_t length = 1;
      for (size_t i = 0; i < longer_.size(); ++i) {
        if (longer_[i].size() <= length || !text.starts_with(longer_[i])) continue;
        id = kBytes + static_cast<int64_t>(i);
        length = longer_[i].size();
      }
      if (text.front() != kWithoutToken) ids.push_back(id);
      text.remove_prefix(length);
    }
    return ids;
  }
  std::string decode(const std::vector<int64_t>& ids) const override {
    std::string text;
    for (const int64_t id : ids) {
      text += id < kBytes ? std::string(1, static_cast<char>(id))
                          : longer_.at(static_cast<size_t>(id - kBytes));
    }
    return text;
  }
  int64_t size() const override { return kBytes + static_cast<int64_t>(longer_.size()); }
  std::vector<std::pair<std::string, std::string>> files() const override { return {}; }

  static constexpr char kWithoutToken = '\a';

 private:
  const std::vector<std::string> longer_;
};

}  // namespace leakprobe::texts
