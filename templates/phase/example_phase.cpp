#include <leakprobe/gates.h>
#include <leakprobe/plugin.h>

using namespace leakprobe;

namespace {

/// Pushes rows down with one term, and holds other rows up with another.
class ExamplePhase final : public Phase {
 public:
  struct Options {
    Term push, hold;
    static void declare(Schema<Options>& schema) {
      schema.required("push", &Options::push, kAny, "What pushes rows down.");
      schema.required("hold", &Options::hold, kAny, "What holds other rows up.");
    }
  };
  static std::vector<std::string> examples() {
    return {
        "{push: {objective: {type: npo}, rows: {set: [useful, held_out], prefix: regular, "
        "repeat: 2}}, hold: {objective: {type: cross_entropy}, rows: {set: random, prefix: "
        "regular}}}"};
  }

  explicit ExamplePhase(const Options& options) : options_(options) {}

  Plan plan(const PlanContext& context) const override {
    Plan plan;
    plan.terms = {options_.push, options_.hold};
    plan.terms[0].name = "push";
    plan.terms[1].name = "hold";
    plan.gates = {suppressed_gate(plan.terms[0], context.task), fell(context.task)};
    return plan;
  }

 private:
  /// A gate of its own: the rows of sets with a size are less likely at the end than at the start.
  Measurement fell(const TaskFacts& task) const {
    Measurement gate;
    gate.name = "fell";
    for (const StreamColumn& column : options_.push.stream.columns) {
      for (const Source& source : column.sources) {
        if (task.at(source.set).size) gate.cells.emplace_back(RowsOf(source));
      }
    }
    gate.minus.kind = Minus::Kind::start;
    gate.bound = Bound{Bound::Kind::below, 0.0};
    gate.remedy = "more steps of the phase, or a larger optimizer.lr";
    if (gate.cells.empty()) gate.not_applicable = "no set with a size is pushed down";
    return gate;
  }

  const Options options_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExamplePhase>("example.phase", "Pushes rows down and holds others up beside them.");
}
