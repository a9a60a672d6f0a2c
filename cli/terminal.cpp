#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "text.h"

namespace leakprobe::cli {
namespace {

constexpr size_t kUsualWidth = 80;

bool environment_has(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

Terminal standard_stream(std::ostream& stream, int descriptor) {
  if (isatty(descriptor) == 0) return Terminal(stream, 0, false);
  winsize size{};
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const char* type = std::getenv("TERM");
  const bool dumb = type == nullptr || std::string_view(type) == "dumb";
  return Terminal(stream, known ? size.ws_col : kUsualWidth, !dumb && !environment_has("NO_COLOR"),
                  !dumb);
}

}  // namespace

Terminal Terminal::standard_output() { return standard_stream(std::cout, STDOUT_FILENO); }

Terminal Terminal::standard_error() { return standard_stream(std::cerr, STDERR_FILENO); }

std::string Terminal::style(std::string_view code, std::string_view text) const {
  if (!styled_ || text.empty()) return std::string(text);
  std::string styled = "\x1b[";
  styled.append(code).append("m").append(text).append("\x1b[0m");
  return styled;
}

void print_wrapped(const Terminal& out, std::string_view text) {
  for (const std::string& line : wrapped(text, out.width())) out.stream() << line << '\n';
}

}  // namespace leakprobe::cli
