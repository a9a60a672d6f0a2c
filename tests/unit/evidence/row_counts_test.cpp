#include "evidence/row_counts.h"

#include <gtest/gtest.h>

#include <string>

#include "by_hand.h"

namespace leakprobe {
namespace {

/// What is said of a claim on `measure` of the four rows of secret, less as many of the control as
/// a probe of `rows` rows measures.
std::string said(const std::string& measure, int64_t rows) {
  Composition composition = by_hand::composition();
  ProbeFacts facts;
  facts.aggregates = {{.name = "least", .by_rows = true}, {.name = "mean"}};
  ComposedProbe probe = by_hand::probe("look", "guesses", facts);
  probe.rows = rows;
  composition.probes = {probe};
  Measurement claim;
  claim.measure = measure;
  claim.phase = "first";
  claim.cells = {{"secret", "good"}};
  claim.minus.kind = Minus::Kind::control;
  return unequal_rows(claim, composition);
}

TEST(RowCounts, AreToldWhereANumberDependsOnThemAndTheyDiffer) {
  EXPECT_EQ(said("look/least", 8),
            "'look/least' depends on the number of rows, and compares 4 rows of 'secret' with 8 "
            "rows of 'control', so that a difference may be of these numbers alone");
  EXPECT_EQ(said("look/least", 4), "");
  EXPECT_EQ(said("look/mean", 8), "");
  EXPECT_EQ(said("look", 8), "");
}

}  // namespace
}  // namespace leakprobe
