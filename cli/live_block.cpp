#include "live_block.h"

#include "text.h"

namespace leakprobe::cli {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(100);

}  // namespace

bool LiveBlock::is_due() const { return terminal_.live() && Clock::now() - last_ >= kInterval; }

void LiveBlock::draw(const std::vector<std::string>& lines) {
  if (!terminal_.live()) return;
  last_ = Clock::now();
  clear();
  // One column less: a full line would wrap on some terminals.
  for (const std::string& line : lines) {
    terminal_.stream() << shortened(line, terminal_.width() - 1) << '\n';
  }
  terminal_.stream().flush();
  drawn_ = lines.size();
}

void LiveBlock::print(const std::string& line) {
  clear();
  terminal_.stream() << line << std::endl;
}

void LiveBlock::clear() {
  if (drawn_ == 0) return;
  // Up to the block's first line, then everything below goes.
  terminal_.stream() << "\x1b[" << drawn_ << "A\r\x1b[J" << std::flush;
  drawn_ = 0;
}

}  // namespace leakprobe::cli
