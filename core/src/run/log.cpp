#include "run/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <string>

namespace leakprobe {
namespace {

/// Shows log lines through the terminal's one owner.
class TerminalSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit TerminalSink(Terminal& terminal) : terminal_(terminal) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string text(message.payload.data(), message.payload.size());
    terminal_.line(message.level >= spdlog::level::warn ? "warning: " + text : text);
  }
  void flush_() override {}
  Terminal& terminal_;
};

}  // namespace

std::shared_ptr<spdlog::logger> make_log(const std::filesystem::path& file, Terminal& terminal) {
  auto to_file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
  to_file->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  auto log = std::make_shared<spdlog::logger>(
      "run", spdlog::sinks_init_list{to_file, std::make_shared<TerminalSink>(terminal)});
  log->flush_on(spdlog::level::info);
  return log;
}

}  // namespace leakprobe
