#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "leakprobe/params.h"
#include "leakprobe/sink.h"
#include "sink_file.h"

namespace leakprobe {

/// A sink with one file in the run directory. Its position is the file's length in bytes.
class FileSink : public Sink {
 public:
  explicit FileSink(std::string name) : name_(std::move(name)) {}

  void open(const std::filesystem::path& run_directory, int64_t position) override {
    file_.open(run_directory / name_, position);
    if (position == 0) file_.append(beginning());
  }
  int64_t position() override { return file_.position(); }

 protected:
  /// What stands before the first record.
  virtual std::string beginning() const { return ""; }
  SinkFile file_;

 private:
  const std::string name_;
};

/// Appends each record as one line of JSON to records.jsonl.
class JsonLines final : public FileSink {
 public:
  using Options = NoOptions;
  static constexpr const char* kFile = "records.jsonl";
  static SinkFacts facts(const Options&) { return {{kFile}}; }
  JsonLines(const Options&, const Context&) : FileSink(kFile) {}
  void write(const Value& record) override { file_.append(to_json(record) + '\n'); }
};

/// Appends each number of each record as a line to metrics.csv: a long table, from which pandas and
/// R select and pivot.
class CsvLines final : public FileSink {
 public:
  using Options = NoOptions;
  static constexpr const char* kFile = "metrics.csv";
  static SinkFacts facts(const Options&) { return {{kFile}}; }
  CsvLines(const Options&, const Context&) : FileSink(kFile) {}
  void write(const Value& record) override;

 protected:
  std::string beginning() const override;
};

/// Appends each number of each record to an event file that TensorBoard reads. Values measured by
/// probes are those above chance where that is known; numbers that are beyond those of a float are
/// left out. The times in it are when they were written.
class TensorBoard final : public FileSink {
 public:
  using Options = NoOptions;
  static constexpr const char* kFile = "events.out.tfevents.leakprobe";
  static SinkFacts facts(const Options&) { return {{kFile}}; }
  TensorBoard(const Options&, const Context& context) : FileSink(kFile), context_(context) {}
  void write(const Value& record) override;

 protected:
  std::string beginning() const override;

 private:
  const Context& context_;
  bool warned_ = false;
};

/// One line of the run's log an evaluation: each prefix with what was measured of each set.
class Console final : public Sink {
 public:
  static constexpr bool kIsDefault = true;
  struct Options {
    enum class Evaluations { ends, all };
    friend constexpr auto words_of(Evaluations) {
      return std::array{Word{Evaluations::ends, "ends", "those at the ends of phases"},
                        Word{Evaluations::all, "all", "each"}};
    }
    Evaluations evaluations = Evaluations::ends;
    static void declare(Schema<Options>& schema);
  };
  Console(const Options& options, const Context& context)
      : all_(options.evaluations == Options::Evaluations::all), context_(context) {}

  void open(const std::filesystem::path&, int64_t) override {}
  void write(const Value& record) override;
  int64_t position() override { return 0; }

 private:
  const bool all_;
  const Context& context_;
};

}  // namespace leakprobe
