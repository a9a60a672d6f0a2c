// How often a run asks its task for the rows by which it is judged.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "run/check_experiment.h"
#include "run/stop.h"
#include "run/stub_engine.h"

namespace leakprobe::run_test {
namespace {

class AskedRows : public Engine {
 protected:
  AskedRows() {
    const auto row = script().row;
    script().row = [this, row](const RowRequest& request) {
      ++asked_[request.name()];
      return row(request);
    };
  }
  /// How often a row of secret, which is in no stream and no probe, was asked for.
  int64_t asked() { return std::exchange(asked_, {})["secret"]; }

  std::map<std::string, int64_t> asked_;
};

TEST_F(AskedRows, ThoseThatMayNeverBePushedUpAreMadeOnceARun) {
  const Composition experiment = composed(learn(4), kProbes);
  Diagnostics diagnostics;
  EXPECT_NE(check_experiment(experiment, registry(), Depth::quick, diagnostics), nullptr);
  EXPECT_EQ(asked(), 4) << "each of its four rows";
  EXPECT_EQ(run(experiment, "whole").failure, "");
  EXPECT_EQ(asked(), 4);
  script().write = [](const Value& record) {
    if (record.text("record") == "step" && record.integer("step") == 1) request_stop();
  };
  EXPECT_TRUE(run(experiment, "stopped").result.is_null());
  EXPECT_EQ(asked(), 4);
  script().write = [](const Value&) {};
  EXPECT_FALSE(run(experiment, "stopped", true).result.is_null());
  EXPECT_EQ(asked(), 4) << "when it is resumed, too";
}

TEST_F(AskedRows, AProbeIsShownTenThousandWhereNobodyShallWait) {
  const Composition experiment =
      composed(learn(4), "probes: [{type: look, rows: 50000, sets: [fresh], prefixes: [near]}]\n");
  Diagnostics diagnostics;
  check_experiment(experiment, registry(), Depth::quick, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors());
  EXPECT_GE(asked_["fresh"], 10'000);
  EXPECT_LT(asked_["fresh"], 11'000);
}

}  // namespace
}  // namespace leakprobe::run_test
