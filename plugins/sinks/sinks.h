#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "leakprobe/params.h"
#include "leakprobe/sink.h"

namespace leakprobe {

/// Appends each record as one line of JSON to metrics.jsonl. Its position is the file's length in
/// bytes.
class JsonLines final : public Sink {
 public:
  using Options = NoOptions;
  JsonLines(const Options&, const Context&) {}
  ~JsonLines() override;
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;

  /// Throws Error where the file cannot be written, or is shorter than `position`.
  void open(const std::filesystem::path& run_directory, int64_t position) override;
  void write(const Value& record) override;
  int64_t position() override;

 private:
  void flush();
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path path_;
  int file_ = -1;
  int64_t written_ = 0;
  std::string buffer_;
};

/// One line of the run's log an evaluation: each prefix with what was measured of each set.
class Console final : public Sink {
 public:
  struct Options {
    std::string evaluations = "ends";
    static void declare(Schema<Options>& schema);
  };
  Console(const Options& options, const Context& context)
      : all_(options.evaluations == "all"), context_(context) {}

  void open(const std::filesystem::path&, int64_t) override {}
  void write(const Value& record) override;
  int64_t position() override { return 0; }

 private:
  const bool all_;
  const Context& context_;
};

}  // namespace leakprobe
