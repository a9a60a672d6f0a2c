#include <leakprobe/plugin.h>

using namespace leakprobe;

namespace {

/// Pushes rows down with one objective, and holds other rows up beside it.
class ExamplePhase final : public Phase {
 public:
  struct Options {
    Slot<Objective> objective;
    Stream rows;
    Slot<Objective> holding{"cross_entropy"};
    Stream others;
    double weight = 1.0;
    static void declare(Schema<Options>& schema) {
      schema.required("objective", &Options::objective, kAny, "What pushes the rows down.");
      schema.required("rows", &Options::rows, kAny, "The rows that are pushed down.");
      schema.field("holding", &Options::holding, kAny, "What holds the other rows up.");
      schema.required("others", &Options::others, kAny, "The rows that are held up.");
      schema.field("weight", &Options::weight, above(0.0), "Factor of the loss that holds up.");
    }
  };
  static std::vector<std::string> examples() {
    return {
        "{objective: {type: npo}, rows: {set: [useful, held_out], prefix: regular, repeat: 2}, "
        "others: {set: random, prefix: regular}}"};
  }

  explicit ExamplePhase(const Options& options) : options_(options) {}

  Plan plan(const PlanContext& context) const override {
    Plan plan;
    plan.terms.push_back({"push", options_.objective, options_.rows, {}, 1.0, {}});
    plan.terms.push_back({"hold", options_.holding, options_.others, {}, options_.weight, {}});
    plan.gates = {fell(context.task)};
    return plan;
  }

 private:
  /// The rows of sets with a size are less likely at the end than they were at the start.
  Measurement fell(const TaskFacts& task) const {
    Measurement gate;
    gate.name = "fell";
    for (const StreamColumn& column : options_.rows.columns) {
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
