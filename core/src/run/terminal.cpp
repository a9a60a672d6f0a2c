#include "run/terminal.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "format/quote.h"

namespace leakprobe {
namespace {

constexpr auto kLiveInterval = std::chrono::milliseconds(100);
constexpr auto kPlainInterval = std::chrono::seconds(20);

bool is_live() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && (term == nullptr || std::string_view(term) != "dumb");
}

}  // namespace

Terminal::Terminal(bool quiet) : quiet_(quiet), live_(is_live()), last_(Clock::now()) {}

Terminal::~Terminal() { clear(); }

void Terminal::erase() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void Terminal::line(const std::string& text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  erase();
  std::fprintf(stderr, "%s\n", printable(text).c_str());
  std::fflush(stderr);
}

void Terminal::progress(const std::string& text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (now - last_ < (live_ ? Clock::duration(kLiveInterval) : Clock::duration(kPlainInterval))) {
    return;
  }
  last_ = now;
  erase();
  std::fprintf(stderr, live_ ? "%s" : "%s\n", text.c_str());
  drawn_ = live_;
  std::fflush(stderr);
}

void Terminal::clear() {
  const std::lock_guard lock(mutex_);
  erase();
  std::fflush(stderr);
}

}  // namespace leakprobe
