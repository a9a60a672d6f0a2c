#include "format/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support.h"

namespace leakprobe {
namespace {

using testing::HasSubstr;

TEST(LineReader, GivesWholeLinesAndWhereTheyEnd) {
  const TestFolder folder;
  const std::string longer(100'000, 'x');
  LineReader reader(folder.write("f", "one\n\n" + longer + "\nunfinished"));
  EXPECT_EQ(reader.next(), "one");
  EXPECT_EQ(reader.position(), 4);
  EXPECT_EQ(reader.next(), "");
  EXPECT_EQ(reader.next(), longer);
  EXPECT_THAT(reader.place(), HasSubstr("/f:3"));
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.next(), std::nullopt);
  LineReader later(folder.path() / "f", 5, 2);
  EXPECT_EQ(later.next(), longer);
  EXPECT_THAT(later.place(), HasSubstr("/f:3"));
}

TEST(LineReader, ALineWithoutEndIsAnErrorAndTakesNoMemory) {
  const TestFolder folder;
  const auto huge = folder.write("huge", "");
  std::filesystem::resize_file(huge, uintmax_t{6} << 30);
  LineReader reader(huge);
  EXPECT_THAT(error_of([&] { reader.next(); }), HasSubstr("huge:1: this line is longer than"));
}

TEST(LineReader, ReadsFilesOnDiskAlone) {
  const TestFolder folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(error_of([&] { LineReader reader(pipe); }), HasSubstr("is a pipe where a file"));
  EXPECT_THAT(error_of([&] { LineReader reader("/dev/zero"); }),
              HasSubstr("is a device where a file"));
}

}  // namespace
}  // namespace leakprobe
