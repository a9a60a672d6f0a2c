#include <cstdint>
#include <fstream>

#include "leakprobe/plugin.h"

namespace {

/// Counts lines in a file of its own.
class LineSink : public leakprobe::Sink {
 public:
  using Options = leakprobe::NoOptions;
  explicit LineSink(const char* file) : name_(file) {}
  void write(const leakprobe::Value& record) override {
    file_ << to_json(record) << '\n';
    ++lines_;
  }
  int64_t position() override {
    file_.flush();
    return lines_;
  }

 protected:
  const char* name_;
  std::ofstream file_;
  int64_t lines_ = 0;
};

/// Says what it writes. It can begin anew, but not go on.
class Named final : public LineSink {
 public:
  static leakprobe::SinkFacts facts(const Options&) { return {{"third_party.log"}}; }
  Named(const Options&, const leakprobe::Context&) : LineSink("third_party.log") {}
  void open(const std::filesystem::path& run_directory, int64_t position) override {
    file_.open(run_directory / name_, position == 0 ? std::ios::trunc : std::ios::app);
    lines_ = position;
  }
};

/// Says nothing of its file, and keeps what an earlier run wrote there.
class Careless final : public LineSink {
 public:
  Careless(const Options&, const leakprobe::Context&) : LineSink("careless.log") {}
  void open(const std::filesystem::path& run_directory, int64_t position) override {
    std::ifstream earlier(run_directory / name_);
    for (std::string line; position == 0 && std::getline(earlier, line);) ++lines_;
    if (position > 0) lines_ = position;
    file_.open(run_directory / name_, std::ios::app);
  }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Named>("test.named", "A sink whose file its facts name.");
  registrar.add<Careless>("test.careless", "A sink whose file nobody knows of.");
}
