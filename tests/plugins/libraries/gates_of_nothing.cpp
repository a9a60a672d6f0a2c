#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

/// A phase that trains nothing, with one gate, which `change` makes another one.
template <auto change>
class Gated final : public Phase {
 public:
  using Options = NoOptions;
  explicit Gated(const Options&) {}
  Plan plan(const PlanContext&) const override {
    Measurement gate;
    gate.name = "learned";
    gate.cells = {{"useful", "regular"}};
    gate.bound = Bound{Bound::Kind::above, 0};
    change(gate);
    return {{}, {gate}};
  }
};

using OfKnownRows = Gated<[](Measurement& gate) { gate.minus.kind = Minus::Kind::control; }>;
using OfASet = Gated<[](Measurement& gate) { gate.cells.push_back({"secrets", "regular"}); }>;
using OfAColumn = Gated<[](Measurement& gate) { gate.cells[0] = {"useful.rejected", "regular"}; }>;
using BehindAPrefix = Gated<[](Measurement& gate) { gate.cells[0].prefix = "sideways"; }>;
using OfAPart = Gated<[](Measurement& gate) { gate.cells[0].items = {4, 16}; }>;
using WithoutASet = Gated<[](Measurement& gate) {
  gate.minus.kind = Minus::Kind::other;
  gate.minus.rows = Cell("secrets", "regular");
}>;
using OfATerm = Gated<[](Measurement& gate) {
  gate.cells.clear();
  gate.term = "push";
  gate.measure = "loss";
}>;

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<OfKnownRows>("test.known_rows", "Its gate measures what is there.");
  registrar.add<OfASet>("test.set", "Its gate measures a set of no task.");
  registrar.add<OfAColumn>("test.column", "Its gate measures a column of no set.");
  registrar.add<BehindAPrefix>("test.prefix", "Its gate measures behind a prefix of no task.");
  registrar.add<OfAPart>("test.part", "Its gate measures more items than there are.");
  registrar.add<WithoutASet>("test.minus", "Its gate takes off a set of no task.");
  registrar.add<OfATerm>("test.term", "Its gate reads a term of no plan.");
}
