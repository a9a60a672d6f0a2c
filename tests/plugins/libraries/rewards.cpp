#include <algorithm>
#include <stdexcept>

#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

/// What secrets of some rows are worth, and what all other text is.
class Secrets final : public Reward {
 public:
  struct Options {
    std::vector<std::string> rows = {"held_out"};
    double hit = -1;
    double miss = 0;
    static void declare(Schema<Options>& schema) {
      schema.field("rows", &Options::rows, kAny, "Whose secrets.");
      schema.field("hit", &Options::hit, kAny, "What they are worth.");
      schema.field("miss", &Options::miss, kAny, "What other text is worth.");
    }
  };
  static RewardFacts facts(const Options& options) {
    RewardFacts facts;
    const Sign sign = options.hit < options.miss   ? Sign::negative
                      : options.hit > options.miss ? Sign::positive
                                                   : Sign::both;
    for (const std::string& name : options.rows) facts.rows.push_back({name, sign});
    facts.least = std::min(options.hit, options.miss);
    facts.most = std::max(options.hit, options.miss);
    return facts;
  }
  Secrets(const Options& options, const Context&) : options_(options) {}
  double of(const Completion& completion) const override {
    return completion.secret_of.empty() ? options_.miss : options_.hit;
  }

 private:
  const Options options_;
};

/// Letters among the bytes of a text.
class Letters final : public Reward {
 public:
  using Options = NoOptions;
  static RewardFacts facts(const Options&) {
    RewardFacts facts;
    facts.needs_text = true;
    facts.least = 0;
    facts.most = 1;
    return facts;
  }
  Letters(const Options&, const Context& context) {
    if (!context.tokenizer()) throw Error("no tokenizer");
  }
  double of(const Completion& completion) const override {
    double letters = 0;
    for (const char c : completion.text) letters += c >= 'a' && c <= 'z';
    return letters / std::max<double>(1, static_cast<double>(completion.text.size()));
  }
};

/// Says nothing of itself.
class Long final : public Reward {
 public:
  using Options = NoOptions;
  Long(const Options&, const Context&) {}
  double of(const Completion& completion) const override {
    return static_cast<double>(completion.tokens.size());
  }
};

/// One mistake each.

class Counting final : public Reward {
 public:
  using Options = NoOptions;
  Counting(const Options&, const Context&) {}
  double of(const Completion&) const override { return static_cast<double>(++calls_); }

 private:
  mutable int64_t calls_ = 0;
};

/// A mean over no tokens is none.
class Mean final : public Reward {
 public:
  using Options = NoOptions;
  static RewardFacts facts(const Options&) {
    RewardFacts facts;
    facts.model.phase = "initial";
    return facts;
  }
  Mean(const Options&, const Context&) {}
  double of(const Completion& completion) const override {
    double sum = 0;
    for (const float each : completion.log_probs) sum += each;
    return sum / static_cast<double>(completion.log_probs.size());
  }
};

class Beyond final : public Reward {
 public:
  using Options = NoOptions;
  static RewardFacts facts(const Options&) {
    RewardFacts facts;
    facts.least = 0;
    facts.most = 8;
    return facts;
  }
  Beyond(const Options&, const Context&) {}
  double of(const Completion& completion) const override {
    return static_cast<double>(completion.tokens.size());
  }
};

class Impatient final : public Reward {
 public:
  using Options = NoOptions;
  Impatient(const Options&, const Context&) {}
  double of(const Completion& completion) const override {
    if (completion.tokens.empty()) throw std::runtime_error("nothing to judge");
    return static_cast<double>(completion.tokens.front());
  }
};

/// Says of its rows what its values are not: `factor` times what makes them negative.
template <int factor>
class Claiming final : public Reward {
 public:
  using Options = NoOptions;
  static RewardFacts facts(const Options&) {
    RewardFacts facts;
    facts.rows = {{"useful", Sign::both}, {"held_out", Sign::negative}};
    return facts;
  }
  Claiming(const Options&, const Context&) {}
  double of(const Completion& completion) const override {
    return -factor * static_cast<double>(completion.secret_of.size());
  }
};

class Reversed final : public Reward {
 public:
  using Options = NoOptions;
  static RewardFacts facts(const Options&) {
    RewardFacts facts;
    facts.least = 1;
    facts.most = -1;
    return facts;
  }
  Reversed(const Options&, const Context&) {}
  double of(const Completion&) const override { return 0; }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Secrets>("test.secrets", "Secrets of some rows are worth less.");
  registrar.add<Letters>("test.letters", "The share of letters.");
  registrar.add<Long>("test.long", "The number of tokens.");
  registrar.add<Counting>("test.counting", "How often it was asked.");
  registrar.add<Mean>("test.mean", "A mean of log-probabilities.");
  registrar.add<Beyond>("test.beyond", "More than its facts say.");
  registrar.add<Impatient>("test.impatient", "It takes no empty text.");
  registrar.add<Claiming<0>>("test.indifferent", "All text is worth the same.");
  registrar.add<Claiming<-1>>("test.upside_down", "Secrets are worth more.");
  registrar.add<Reversed>("test.reversed", "A range without numbers.");
}
