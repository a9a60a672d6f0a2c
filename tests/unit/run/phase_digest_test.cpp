#include "run/phase_digest.h"

#include <gmock/gmock.h>

#include "run/stub_engine.h"

namespace leakprobe::run_test {
namespace {

using ::testing::Each;

std::string phase(const std::string& name, const std::string& keys = "steps: 2",
                  const std::string& rows = "set: taught, prefix: near, repeat: 4") {
  return "  - {name: " + name + ", type: train, " + keys +
         ", terms: {words: {objective: {type: up}, rows: {" + rows + "}}}}\n";
}

class PhaseDigests : public Engine {
 protected:
  /// How many phases two experiments may share, from the first on.
  static size_t shared(const Composition& one, const Composition& other) {
    const auto a = phase_digests(one, registry()), b = phase_digests(other, registry());
    size_t common = 0;
    while (common < std::min(a.size(), b.size()) && a[common] == b[common]) ++common;
    for (size_t i = common; i < std::min(a.size(), b.size()); ++i) {
      EXPECT_NE(a[i], b[i]) << "what comes behind a difference is different";
    }
    return common;
  }
  static size_t shared(const std::string& one, const std::string& other,
                       const std::string& more = "", const std::string& other_more = "") {
    return shared(composed(one, more), composed(other, other_more));
  }
  const std::string three_ = phase("a") + phase("b") + phase("c");
};

TEST_F(PhaseDigests, OfOneExperimentAreDifferentAndTheSameEachTime) {
  EXPECT_EQ(shared(three_, three_), 3u);
  const auto digests = phase_digests(composed(three_), registry());
  EXPECT_NE(digests[0], digests[1]);
  EXPECT_NE(digests[1], digests[2]);
  EXPECT_THAT(digests, Each(testing::SizeIs(16)));
}

TEST_F(PhaseDigests, ALaterPhaseDoesNotChangeEarlierOnes) {
  EXPECT_EQ(shared(three_, phase("a") + phase("b") + phase("c", "steps: 3")), 2u);
  EXPECT_EQ(shared(three_, phase("a") + phase("b")), 2u);
  EXPECT_EQ(shared(three_, phase("a") + phase("b", "steps: 2, batch: 3") + phase("c")), 1u);
  EXPECT_EQ(
      shared(three_, phase("a", "steps: 2", "set: fresh, prefix: near") + phase("b") + phase("c")),
      0u);
}

TEST_F(PhaseDigests, WhatALaterPhaseStartsFromMustHaveBeenKept) {
  EXPECT_EQ(shared(three_, phase("a") + phase("b") + phase("c", "steps: 2, from: a")), 0u)
      << "the weights of a are then part of the states of a and b";
  EXPECT_EQ(shared(three_, phase("a") + phase("b") + phase("c", "steps: 2, from: b")), 3u);
}

TEST_F(PhaseDigests, WhatDecidesNumbersOrFilesOfAllPhasesChangesAll) {
  for (const char* more :
       {"seed: 1\n", "threads: 2\n", "compute: bfloat16\n", "rows_per_pass: 2\n",
        "task: {type: words, protect: [secret]}\n", "model: {type: tiny, width: 8}\n",
        "checkpoints: {keep: phases}\n",
        "probes: [{type: look, every: 1, rows: 2, sets: [taught], prefixes: [near]}]\n"}) {
    EXPECT_EQ(shared(three_, three_, "", more), 0u) << more;
  }
}

TEST_F(PhaseDigests, KnowTheOrderOfTerms) {
  const auto terms = [](const std::string& first, const std::string& second) {
    const std::string term = ": {objective: {type: up}, rows: {set: taught, repeat: 4}}";
    return "  - {name: b, type: train, terms: {" + first + term + ", " + second + term + "}}\n";
  };
  EXPECT_EQ(shared(phase("a") + terms("x", "y"), phase("a") + terms("x", "y")), 2u);
  EXPECT_EQ(shared(phase("a") + terms("x", "y"), phase("a") + terms("y", "x")), 1u);
}

TEST_F(PhaseDigests, NamesAndWhatIsJudgedAtTheEndChangeNone) {
  const std::string probes =
      "probes: [{type: look, every: 1, rows: 2, sets: [taught], prefixes: [near]}]\n";
  const std::string claim = "claim: {set: taught, phase: c, minus: nothing}\n";
  EXPECT_EQ(shared(three_, three_, "", "name: other\n"), 3u);
  EXPECT_EQ(shared(three_, three_, probes, probes + claim), 3u);
}

}  // namespace
}  // namespace leakprobe::run_test
