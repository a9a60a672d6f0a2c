#include <chrono>

#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

class Lines : public Sink {
 public:
  using Options = NoOptions;
  std::string write(const Value& record) override { return to_json(record) + '\n'; }
};

/// Says where what it gives is kept.
class Filed final : public Lines {
 public:
  static SinkFacts facts(const Options&) { return {"third_party.log"}; }
  Filed(const Options&, const Context&) {}
};

/// Says nothing of a file.
class Careless final : public Lines {
 public:
  Careless(const Options&, const Context&) {}
};

/// Two runs have other files, and a resumed run another one than a run in one go.
class Dated final : public Lines {
 public:
  static SinkFacts facts(const Options&) { return {"dated.log"}; }
  Dated(const Options&, const Context&) {}
  std::string beginning() override {
    return std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()) + '\n';
  }
  std::string write(const Value& record) override {
    return std::to_string(++lines_) + ' ' + Lines::write(record);
  }

 private:
  int64_t lines_ = 0;
};

/// Wants a file that is the engine's.
class Rival final : public Lines {
 public:
  static SinkFacts facts(const Options&) { return {"metrics.jsonl"}; }
  Rival(const Options&, const Context&) {}
};

/// Wants a file elsewhere.
class Outside final : public Lines {
 public:
  static SinkFacts facts(const Options&) { return {"../outside.log"}; }
  Outside(const Options&, const Context&) {}
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Filed>("test.named", "A sink with a file.");
  registrar.add<Careless>("test.careless", "A sink whose bytes have no file.");
  registrar.add<Dated>("test.dated", "A sink that knows the time and what it wrote.");
  registrar.add<Rival>("test.rival", "A sink that writes the engine's own file.");
  registrar.add<Outside>("test.outside", "A sink that leaves the folder.");
}
