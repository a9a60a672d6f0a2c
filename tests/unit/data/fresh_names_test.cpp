#include "data/fresh_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "by_hand.h"

namespace leakprobe {
namespace {

using ::testing::HasSubstr;

StreamColumn column(const std::string& name, const std::string& set) {
  Source source;
  source.set = set;
  source.prefix = "good";
  return {name, {source}};
}

ComposedTerm term(const std::string& name, const std::string& stream,
                  std::vector<StreamColumn> columns) {
  ComposedTerm made = by_hand::term(name, Sign::positive);
  made.term.stream.name = stream;
  made.term.stream.columns = std::move(columns);
  return made;
}

/// What is said of a phase `first` with these terms.
std::string said(std::vector<ComposedTerm> terms) {
  Composition composition = by_hand::composition();
  composition.phases.front().terms = std::move(terms);
  Diagnostics diagnostics;
  check_fresh_names(composition, diagnostics);
  std::string text;
  for (const Diagnostic& each : diagnostics.sorted()) text += each.message;
  return text;
}

TEST(FreshNames, OfAStreamAndOfAPhaseMayNotMeet) {
  const std::string both = "stream 'first' and its column are called like a phase and its term";
  const auto inline_rows = term("chosen", "", {column(kRowsColumn, "fresh")});
  EXPECT_THAT(said({inline_rows, term("pairs", "first", {column("chosen", "fresh")})}),
              HasSubstr(both));
  EXPECT_THAT(said({term("pairs", "first", {column("chosen", "fresh")}), inline_rows}),
              HasSubstr(both));
  EXPECT_EQ(said({inline_rows, term("pairs", "first", {column("rejected", "fresh")})}), "");
  EXPECT_EQ(said({inline_rows, term("pairs", "second", {column("chosen", "fresh")})}), "");
  EXPECT_EQ(said({inline_rows, term("pairs", "first", {column("chosen", "train")})}), "")
      << "a fixed set's rows are its own";
  EXPECT_EQ(said({term("a", "first", {column("chosen", "fresh")}),
                  term("b", "first", {column("chosen", "fresh")})}),
            "")
      << "one stream of two terms";
}

}  // namespace
}  // namespace leakprobe
