#include <leakprobe/plugin.h>

using namespace leakprobe;

namespace {

/// Trains one block of so many, counted from the input, and nothing outside of blocks.
class ExampleFreezing final : public Freezing {
 public:
  struct Options {
    int64_t every = 2;
    static void declare(Schema<Options>& schema) {
      schema.field("every", &Options::every, between(1, 1000000),
                   "Of so many blocks the first is trained.", "blocks");
    }
  };

  ExampleFreezing(const Options& options, const Context&) : every_(options.every) {}

  std::vector<bool> trainable(std::span<const ParameterInfo> parameters,
                              int64_t /*blocks*/) const override {
    std::vector<bool> trained;
    for (const ParameterInfo& parameter : parameters) {
      trained.push_back(parameter.block >= 0 && parameter.block % every_ == 0);
    }
    return trained;
  }

 private:
  const int64_t every_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExampleFreezing>("example.freezing", "Trains one block of so many and no more.");
}
