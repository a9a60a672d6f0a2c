#include "table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "leakprobe/error.h"

namespace leakprobe::cli {
namespace {

std::string printed(const Table& table, size_t width, bool styled = false, size_t indent = 0) {
  std::ostringstream stream;
  table.print(Terminal(stream, width, styled), indent);
  return stream.str();
}

TEST(Table, ColumnsAreAligned) {
  Table table({"name", "steps", "what"}, {Table::Align::left, Table::Align::right});
  table.add({"calibrate", "64", "first"});
  table.add({"elicit", "1,200"});
  EXPECT_EQ(printed(table, 0),
            "name       steps  what\n"
            "calibrate     64  first\n"
            "elicit     1,200\n");
}

TEST(Table, OnATerminalTheLastColumnIsBrokenToTheLine) {
  Table table;
  table.add({"dpo", "a text that is far too long for one line of it"});
  EXPECT_EQ(printed(table, 30),
            "dpo  a text that is far too\n"
            "     long for one line of it\n");
}

TEST(Table, AVeryNarrowTerminalBreaksLinesItself) {
  Table table;
  table.add({"a long first column", "and text"});
  EXPECT_EQ(printed(table, 24), "a long first column  and text\n");
}

TEST(Table, StylesTakeNoColumns) {
  std::ostringstream unused;
  const Terminal styled(unused, 0, true);
  Table table;
  table.add({styled.bold("a"), "x"});
  table.add({"bb", "y"});
  EXPECT_EQ(printed(table, 0, true), "\x1b[1ma\x1b[0m   x\nbb  y\n");
}

TEST(Table, MoreCellsThanColumnsIsAMistake) {
  Table table({"one"});
  EXPECT_THROW(table.add({"a", "b"}), CheckError);
}

}  // namespace
}  // namespace leakprobe::cli
