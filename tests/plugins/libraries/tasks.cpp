#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

/// A row of three tokens in each of two sets, which `change` makes another one.
template <auto change>
class Small final : public Task {
 public:
  using Options = NoOptions;
  static TaskFacts facts(const Options&) {
    TaskFacts facts;
    SetFacts open, kept;
    open.name = "open";
    kept.name = "kept";
    open.size = kept.size = 1;
    kept.role.kind = Role::Kind::never_positive;
    facts.sets = {open, kept};
    facts.prefixes = {"near"};
    facts.longest_row = 4;
    facts.token_limit = 16;
    return facts;
  }
  Small(const Options&, const Context&) {}
  Row row(const RowRequest& request, Random) const override {
    Row row;
    if (request.prefix == "near") row.tokens.push_back(1);
    row.secret.begin = static_cast<int64_t>(row.tokens.size());
    const int64_t first = request.set == "open" ? 2 : 8;
    row.tokens.insert(row.tokens.end(), {first, first + 1, first + 2});
    row.secret.end = static_cast<int64_t>(row.tokens.size());
    row.scored.assign(row.tokens.size(), 1);
    row.scored.front() = 0;
    change(row, request);
    return row;
  }
};

using ScoresAll = Small<[](Row& row, const RowRequest&) { row.scored.front() = 1; }>;
using WithPrefix = Small<[](Row& row, const RowRequest&) { row.secret.begin = 0; }>;
using OfOneSecret = Small<[](Row& row, const RowRequest&) { row.tokens.back() = 5; }>;
using Shared = Small<[](Row& row, const RowRequest& request) {
  if (request.set == "open") return;
  for (size_t i = row.tokens.size() - 3; i < row.tokens.size(); ++i) row.tokens[i] -= 6;
}>;

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ScoresAll>("test.scores_all", "It scores first tokens.");
  registrar.add<WithPrefix>("test.secret_with_prefix", "Its secrets begin with the prefix.");
  registrar.add<OfOneSecret>("test.whole", "It keeps to all laws.");
  registrar.add<Shared>("test.shared", "Its sets have one secret.");
}
