#include "tokenizer/decode_ids.h"

#include <cstddef>

#include "leakprobe/error.h"
#include "text/counted.h"

namespace leakprobe {

std::string join_tokens(const std::vector<std::string>& tokens,
                        const std::vector<std::int64_t>& ids) {
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || static_cast<std::uint64_t>(ids[i]) >= tokens.size()) {
      throw Error("ids to decode: id " + std::to_string(ids[i]) + " at position " +
                  std::to_string(i) + " is outside the vocabulary of " +
                  counted(tokens.size(), "token") + ": use ids of this tokenizer");
    }
    text += tokens[static_cast<std::size_t>(ids[i])];
  }
  return text;
}

}  // namespace leakprobe
