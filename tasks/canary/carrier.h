#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe::canary {

/// A text without secrets: a line of a file.
struct Line {
  std::string text;
  int64_t number = 0;  ///< in the file, from 1

  /// Where a canary may stand: behind each sentence, and at the end.
  std::vector<size_t> places() const;
};

/// The texts that canaries are planted in.
struct Carrier {
  std::string source;  ///< the file; "" for the plugin's own text
  std::vector<Line> lines;
};

/// The lines of the file that are not blank, or the plugin's own without one. Throws Error where
/// the file cannot be read or has no line, and DiagnosedError with all lines that are no UTF-8 or
/// hold `planted` (where that is not blank): text that looks like a canary.
Carrier read_carrier(const std::optional<std::filesystem::path>& file, std::string_view planted);

/// Lines of our own writing.
extern const std::string_view kOwnText;

}  // namespace leakprobe::canary
