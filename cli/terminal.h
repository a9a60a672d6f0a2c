#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace leakprobe::cli {

/// One of the program's two output streams: plain text in a file or pipe, styled on a terminal.
class Terminal {
 public:
  /// `width` is the number of columns, 0 = unlimited; `styled` whether colours may be written,
  /// `live` whether lines can be drawn over.
  Terminal(std::ostream& stream, size_t width, bool styled, bool live = false)
      : stream_(&stream), width_(width), styled_(styled), live_(live) {}

  /// Standard output and standard error. Styles are off where the stream is no terminal, NO_COLOR
  /// is set and not empty (https://no-color.org) or TERM is "dumb".
  static Terminal standard_output();
  static Terminal standard_error();

  std::ostream& stream() const { return *stream_; }
  size_t width() const { return width_; }
  bool styled() const { return styled_; }
  bool live() const { return live_; }

  std::string bold(std::string_view text) const { return style("1", text); }
  std::string dim(std::string_view text) const { return style("2", text); }
  std::string underlined(std::string_view text) const { return style("4", text); }
  std::string red(std::string_view text) const { return style("31", text); }
  std::string green(std::string_view text) const { return style("32", text); }
  std::string yellow(std::string_view text) const { return style("33", text); }

 private:
  std::string style(std::string_view code, std::string_view text) const;

  std::ostream* stream_;
  size_t width_;
  bool styled_;
  bool live_;
};

/// Prints `text` in lines as wide as the stream.
void print_wrapped(const Terminal& out, std::string_view text);

}  // namespace leakprobe::cli
