#include <limits>

#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

/// A phase of one term, which `change` makes another one.
template <auto change>
class OfOneTerm final : public Phase {
 public:
  struct Options {
    Slot<Objective> objective{"cross_entropy"};
    Stream rows;
    static void declare(Schema<Options>& schema) {
      schema.field("objective", &Options::objective, kAny, "What is done with the rows.");
      schema.required("rows", &Options::rows, kAny, "The rows.");
    }
  };
  static std::vector<std::string> examples() { return {"{rows: {set: random, prefix: regular}}"}; }
  explicit OfOneTerm(const Options& options) : options_(options) {}
  Plan plan(const PlanContext&) const override {
    Plan plan;
    plan.terms.push_back({"learn", options_.objective, options_.rows, {}, 1.0, {}});
    change(plan);
    return plan;
  }

 private:
  const Options options_;
};

void take(Plan& plan, const char* set) {
  plan.terms.front().stream.columns.front().sources.front().set = set;
}

using OfItself = OfOneTerm<[](Plan&) {}>;
using Twice = OfOneTerm<[](Plan& plan) { plan.terms.push_back(plan.terms.front()); }>;
using Weightless = OfOneTerm<[](Plan& plan) {
  plan.terms.front().weight = std::numeric_limits<double>::quiet_NaN();
}>;
using OfHeldOut = OfOneTerm<[](Plan& plan) { take(plan, "held_out"); }>;
using OfTheControl = OfOneTerm<[](Plan& plan) { take(plan, "control"); }>;

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<OfItself>("test.of_itself", "It keeps to all laws.");
  registrar.add<Twice>("test.twice", "It has a term twice.");
  registrar.add<Weightless>("test.weightless", "Its term has no weight.");
  registrar.add<OfHeldOut>("test.of_held_out", "It trains on what is protected.");
  registrar.add<OfTheControl>("test.of_the_control", "It trains on the control.");
}
