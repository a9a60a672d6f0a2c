#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// Text to token ids and back. Immutable after construction; every member may be called from
/// several threads at once.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// The ids of `text` (UTF-8) without any beginning- or end-of-text token added.
  /// Throws Error where the text is not valid UTF-8.
  virtual std::vector<int64_t> encode(std::string_view text) const = 0;

  /// The text of `ids`; byte sequences that are not UTF-8 become U+FFFD.
  /// Throws Error for an id outside [0, size()).
  virtual std::string decode(const std::vector<int64_t>& ids) const = 0;

  /// One more than the largest id.
  virtual int64_t size() const = 0;

  /// The files that a checkpoint needs to carry this tokenizer: {name, content} pairs such as
  /// {"tokenizer.json", "..."}.
  virtual std::vector<std::pair<std::string, std::string>> files() const = 0;
};

}  // namespace leakprobe
