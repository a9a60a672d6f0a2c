#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_typos.h"
#include "leakprobe/diagnostic.h"

namespace leakprobe {

/// A YAML file's text with the positions of its lines, and the typing mistakes in it.
class YamlText {
 public:
  /// A byte order mark is taken off, CRLF becomes LF. What is no UTF-8, is a control character, or
  /// indents with tabs is reported, and typing mistakes that are some in any case: then `good()` is
  /// false.
  YamlText(std::string_view bytes, std::string file, Diagnostics& diagnostics);

  bool good() const { return good_; }
  const std::string& text() const { return text_; }

  /// The place of byte `column` of line `line`, both from 0; its column counts characters.
  Place place(int line, int column) const;
  /// The text from there on.
  std::string_view rest(int line, int column) const;
  /// The text of the same line before that.
  std::string_view before(int line, int column) const;

  /// The typing mistake by which the text has no structure at that place; nullptr where none
  /// explains it.
  const YamlTypo* cause(int line, int column) const;
  Place place_of_byte(size_t offset) const;

 private:
  size_t offset(int line, int column) const;
  void check(Diagnostics& diagnostics);
  void report(size_t offset, std::string message, std::string hint, Diagnostics& diagnostics);

  std::string file_;
  std::string text_;
  std::vector<size_t> line_starts_;
  std::vector<uint32_t> characters_before_;  ///< by byte; one more at the end
  std::vector<YamlTypo> possible_;           ///< typing mistakes where there is no structure
  int reported_ = 0;
  bool good_ = true;
};

}  // namespace leakprobe
