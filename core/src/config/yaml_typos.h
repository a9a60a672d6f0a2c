#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// A typing mistake in YAML text, outside of quotes and comments.
struct YamlTypo {
  size_t offset = 0;  ///< of its first byte
  size_t end = 0;     ///< what follows on the line of this byte, or below it, may suffer from it
  std::string message;
  std::string hint;
  /// Whether it is one in any case: a character that looks like one of YAML's own. Otherwise it
  /// explains why the text has no structure, where it has none.
  bool certain = true;
};

/// What looks like YAML and is none: blanks, quotation marks, colons, commas, brackets and dashes
/// that are not ASCII's; colons and dashes without a blank; '=' for ':'; quotation marks that are
/// closed on another line. In the order of the text, which is UTF-8.
std::vector<YamlTypo> find_typos(std::string_view text);

}  // namespace leakprobe
