#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "leakprobe/diagnostic.h"

namespace leakprobe {

/// A YAML file's text with the positions of its lines.
class YamlText {
 public:
  /// A byte order mark is taken off, CRLF becomes LF. What is no UTF-8, is a control character, or
  /// indents with tabs is reported: then `good()` is false.
  YamlText(std::string_view bytes, std::string file, Diagnostics& diagnostics);

  bool good() const { return good_; }
  const std::string& text() const { return text_; }

  /// The place of byte `column` of line `line`, both from 0; its column counts characters.
  Place place(int line, int column) const;
  /// The text from there on.
  std::string_view rest(int line, int column) const;

 private:
  size_t offset(int line, int column) const;
  Place place_of_byte(size_t offset) const;
  void check(Diagnostics& diagnostics);
  void report(size_t offset, std::string message, std::string hint, Diagnostics& diagnostics);

  std::string file_;
  std::string text_;
  std::vector<size_t> line_starts_;
  std::vector<uint32_t> characters_before_;  ///< by byte; one more at the end
  int reported_ = 0;
  bool good_ = true;
};

}  // namespace leakprobe
