#include "evidence/watched_rows.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "by_hand.h"
#include "evidence/control_check.h"
#include "evidence/hidden_secrets.h"
#include "evidence/ledger.h"
#include "evidence/protected_check.h"
#include "evidence/rewarded_rows.h"

namespace leakprobe {
namespace {

/// Writes tokens as their numbers.
class Numbers final : public Tokenizer {
 public:
  std::vector<int64_t> encode(std::string_view text) const override {
    return {text.begin(), text.end()};
  }
  std::string decode(const std::vector<int64_t>& ids) const override {
    std::string text;
    for (const int64_t id : ids) text += "<" + std::to_string(id) + ">";
    return text;
  }
  int64_t size() const override { return 1; }
  std::vector<std::pair<std::string, std::string>> files() const override { return {}; }
};

TEST(WatchedRows, AreAskedForOnceHoweverManyCompareWithThem) {
  Composition composition = by_hand::composition();
  ComposedProbe probe = by_hand::probe("look", "likelihood", {});
  probe.rows = 2;
  probe.cells = {{"control", "good"}};
  composition.probes = {probe, probe};
  Source source;
  source.set = "train";
  source.prefix = "good";
  ComposedTerm term = by_hand::term("push", Sign::positive);
  term.term.stream.columns = {{"text", {source}}};
  for (ComposedPhase& phase : composition.phases) phase.terms = {term};
  by_hand::NumberedTask task(composition.task.facts());
  std::map<std::string, int64_t> asked;
  task.shared = [&](const RowRequest& request) -> std::optional<int64_t> {
    if (request.prefix == "good") ++asked[request.name()];
    return std::nullopt;
  };

  const auto watched =
      std::make_shared<const WatchedRows>(composition, task, std::make_shared<Numbers>());
  Diagnostics diagnostics;
  ProtectedCheck guarded(watched->guarded, diagnostics);
  ControlCheck control(watched->control, diagnostics);
  HiddenSecrets hidden(*watched, diagnostics);
  look_through(composition, task, {&guarded, &control, &hidden});
  check_fresh_rows(composition, task, watched->guarded, diagnostics);
  check_rewarded_rows(composition, task, watched->guarded, diagnostics);
  const Ledger first(composition, watched), resumed(composition, watched);

  EXPECT_TRUE(diagnostics.sorted().empty());
  EXPECT_EQ(first.guarded().size(), resumed.guarded().size());
  EXPECT_EQ(asked, (std::map<std::string, int64_t>{{"secret", 4},
                                                   {"mixed", 2},
                                                   {"late", 2},
                                                   {"pairs.rejected", 2},
                                                   {"control", 2},
                                                   {"train", 3}}));
}

TEST(WatchedRows, AreShownWhileTheyAreMade) {
  const Composition composition = by_hand::composition();
  const by_hand::NumberedTask task(composition.task.facts());
  std::map<std::string, int64_t> shown;
  const auto seen = [&](const ProtectedRows::Owner& owner, int64_t index, const Row& row) {
    ++shown[owner.rows.name()];
    RowsOf rows = owner.rows;
    rows.prefix = "good";
    EXPECT_EQ(row.id(), task.row({rows, index}, Random(0, 0)).id());
  };
  const ProtectedRows guarded(composition, task, seen);
  EXPECT_EQ(shown, (std::map<std::string, int64_t>{
                       {"secret", 4}, {"mixed", 2}, {"late", 2}, {"pairs.rejected", 2}}));
}

}  // namespace
}  // namespace leakprobe
