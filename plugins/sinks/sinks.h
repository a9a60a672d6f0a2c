#pragma once

#include <array>
#include <string>

#include "leakprobe/params.h"
#include "leakprobe/sink.h"

namespace leakprobe {

/// Each record as one line of JSON in records.jsonl.
class JsonLines final : public Sink {
 public:
  using Options = NoOptions;
  static SinkFacts facts(const Options&) { return {"records.jsonl"}; }
  JsonLines(const Options&, const Context&) {}
  std::string write(const Value& record) override { return to_json(record) + '\n'; }
};

/// Each number of each record as a line of metrics.csv: a long table, from which pandas and R
/// select and pivot.
class CsvLines final : public Sink {
 public:
  using Options = NoOptions;
  static SinkFacts facts(const Options&) { return {"metrics.csv"}; }
  CsvLines(const Options&, const Context&) {}
  std::string beginning() override;
  std::string write(const Value& record) override;
};

/// Each number of each record in an event file that TensorBoard reads. Values measured by probes
/// are those above chance where that is known; numbers that are beyond those of a float are left
/// out. All times in it are 0, so that equal runs have equal files.
class TensorBoard final : public Sink {
 public:
  using Options = NoOptions;
  static SinkFacts facts(const Options&) { return {"events.out.tfevents.leakprobe"}; }
  TensorBoard(const Options&, const Context& context) : context_(context) {}
  std::string beginning() override;
  std::string write(const Value& record) override;

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

  std::string write(const Value& record) override;

 private:
  const bool all_;
  const Context& context_;
};

}  // namespace leakprobe
