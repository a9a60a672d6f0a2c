#include "format/csv.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

TEST(Csv, QuotesWhatNeedsItAndKeepsEveryDigit) {
  EXPECT_EQ(csv_line({"plain", "a, b", "say \"x\"", "two\nlines", Value(), 0.1, 3, true}),
            "plain,\"a, b\",\"say \"\"x\"\"\",\"two\nlines\",,0.1,3,true\n");
}

TEST(Csv, NoCellIsAFormulaForASpreadsheetAndNumbersStayNumbers) {
  EXPECT_EQ(without_formulas("group,effect\n=HYPERLINK(x),-0.5\n@me,+x\n-1e-3,-\n"),
            "group,effect\n'=HYPERLINK(x),-0.5\n'@me,'+x\n-1e-3,'-\n");
  EXPECT_EQ(without_formulas("\"=a,=b\",\"-1,=c\",\"two\n=lines\",\"\"\"=\"\"\",\"-2\"\n"),
            "\"'=a,=b\",\"'-1,=c\",\"two\n'=lines\",\"\"\"=\"\"\",\"-2\"\n");
  EXPECT_EQ(without_formulas(""), "");
}

TEST(Csv, NoCellIsAFormulaWhereOtherSignsSeparateCells) {
  EXPECT_EQ(without_formulas("a;=1+1,b\t@x,-1;-2;-x\n"), "a;'=1+1,b\t'@x,-1;-2;'-x\n");
  // The quotation marks of ours stand inside such cells.
  EXPECT_EQ(without_formulas("x,\"a,b;=1+1\"\n"), "x,\"a,b;'=1+1\"\n");
  EXPECT_EQ(without_formulas("x,\"a;\"\"=1+1\"\"\"\n"), "x,\"a;\"\"'=1+1\"\"\"\n");
}

}  // namespace
}  // namespace leakprobe
