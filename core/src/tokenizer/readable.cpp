#include "tokenizer/readable.h"

#include <utility>

namespace leakprobe {

std::string readable(const Tokenizer& tokenizer, const std::vector<int64_t>& ids) {
  std::string text;
  std::vector<int64_t> known;
  const auto flush = [&] {
    if (!known.empty()) text += tokenizer.decode(std::exchange(known, {}));
  };
  for (const int64_t id : ids) {
    if (id >= 0 && id < tokenizer.size()) {
      known.push_back(id);
      continue;
    }
    flush();
    text += "\uFFFD";
  }
  flush();
  return text;
}

}  // namespace leakprobe
