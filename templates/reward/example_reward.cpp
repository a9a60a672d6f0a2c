#include <leakprobe/plugin.h>

#include <set>

using namespace leakprobe;

namespace {

/// The share of a completion's tokens that stand in it for the first time.
class ExampleReward final : public Reward {
 public:
  struct Options {
    double scale = 1.0;
    static void declare(Schema<Options>& schema) {
      schema.field("scale", &Options::scale, above(0.0),
                   "What a completion is worth in which no token comes twice.");
    }
  };

  static RewardFacts facts(const Options& options) {
    RewardFacts facts;
    facts.least = 0.0;
    facts.most = options.scale;
    return facts;
  }

  ExampleReward(const Options& options, const Context&) : scale_(options.scale) {}

  double of(const Completion& completion) const override {
    if (completion.tokens.empty()) return 0.0;
    const std::set<int64_t> different(completion.tokens.begin(), completion.tokens.end());
    return scale_ * static_cast<double>(different.size()) /
           static_cast<double>(completion.tokens.size());
  }

 private:
  const double scale_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExampleReward>("example.reward", "Completions without repetition are worth more.");
}
