#include "run/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <string>
#include <utility>

#include "format/files.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// Tells each line, one at a time.
class ObserverSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ObserverSink(const host::RunObserver& observer) : observer_(observer) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!observer_.message) return;
    observer_.message({message.payload.data(), message.payload.size()},
                      message.level >= spdlog::level::warn);
  }
  void flush_() override {}
  const host::RunObserver& observer_;
};

/// The message, in which names that a plugin or a file chose cannot steer a terminal.
class PrintableMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string text = printable({message.payload.data(), message.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableMessage>();
  }
};

}  // namespace

std::shared_ptr<spdlog::logger> make_log(const std::filesystem::path& file,
                                         const host::RunObserver& observer) {
  open_for_appending(file);  // says what is wrong with it as spdlog does not
  auto to_file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableMessage>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %*");
  to_file->set_formatter(std::move(formatter));
  auto log = std::make_shared<spdlog::logger>(
      "run", spdlog::sinks_init_list{to_file, std::make_shared<ObserverSink>(observer)});
  log->flush_on(spdlog::level::info);
  return log;
}

}  // namespace leakprobe
