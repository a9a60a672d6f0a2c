#include "text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace leakprobe::cli {
namespace {

using testing::ElementsAre;

TEST(Text, AnEstimateBeyondEveryIntegerIsVeryMany) {
  EXPECT_EQ(whole(1234567), "1,234,567");
  EXPECT_EQ(whole(0x1p62), "4,611,686,018,427,387,904");
  EXPECT_EQ(whole(static_cast<double>(std::numeric_limits<int64_t>::max())), "very many");
  EXPECT_EQ(whole(1e300), "very many");
}

TEST(Text, NumbersHaveTheirSignButZeroHasNone) {
  EXPECT_EQ(with_sign(0.1634, 3), "+0.163");
  EXPECT_EQ(with_sign(-3.2581, 3), "-3.258");
  EXPECT_EQ(with_sign(-0.0001, 3), "0.000");
  EXPECT_EQ(with_sign(0.0001, 3), "0.000");
  EXPECT_EQ(percent(std::expm1(0.163)), "+17.7 %");
}

TEST(Text, TheLargestAndTheStrangestNumbersAreWritten) {
  EXPECT_EQ(fixed(std::numeric_limits<double>::max(), 3), "1.798e+308");
  EXPECT_EQ(fixed(999999999999999, 1), "999999999999999.0");
  EXPECT_EQ(fixed(std::numeric_limits<double>::infinity(), 1), "inf");
  EXPECT_EQ(with_sign(std::numeric_limits<double>::quiet_NaN(), 1), "nan");
  EXPECT_EQ(with_sign(1e300, 2), "+1.00e+300");
  EXPECT_EQ(fixed(-std::numeric_limits<double>::max(), 3), "-1.798e+308");
  EXPECT_EQ(percent(std::numeric_limits<double>::infinity()), "-");
  EXPECT_EQ(percent(9.994), "+999.4 %");
  EXPECT_EQ(percent(10), "×11");
  EXPECT_EQ(percent(12345.6), "×12,347");
  EXPECT_EQ(percent(1e6), "×10^6");
  EXPECT_EQ(percent(1.3e151), "×10^151");
  EXPECT_EQ(percent(2e307), "×10^307");
  EXPECT_EQ(percent(-1), "-100.0 %");
}

TEST(Text, LargeIntegersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Text, QuantitiesTakeTheUnitThatLeavesThreeDigits) {
  EXPECT_EQ(quantity(3.02e13, "FLOP"), "30.2 TFLOP");
  EXPECT_EQ(quantity(999.6, "FLOP"), "1.00 kFLOP");
  EXPECT_EQ(quantity(12, "FLOP"), "12 FLOP");
  EXPECT_EQ(bytes(0), "0 B");
  EXPECT_EQ(bytes(1536), "1.50 KiB");
  EXPECT_EQ(bytes(16.0 * 1024 * 1024 * 1024), "16.0 GiB");
}

TEST(Text, DurationsAreRoundedBeforeTheyAreSplit) {
  EXPECT_EQ(duration(0.42), "0.4 s");
  EXPECT_EQ(duration(59.7), "1 min 00 s");
  EXPECT_EQ(duration(192), "3 min 12 s");
  EXPECT_EQ(duration(7500), "2 h 05 min");
  EXPECT_EQ(duration(std::nan("")), "unknown time");
}

TEST(Text, WidthCountsCodePointsAndNoEscapeCodes) {
  EXPECT_EQ(display_width("naïve"), 5u);
  EXPECT_EQ(display_width("\x1b[1mbold\x1b[0m"), 4u);
  EXPECT_EQ(padded("é", 3), "é  ");
}

TEST(Text, LinesBreakAtBlanksAndLongWordsStandAlone) {
  EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped("a verylongword b", 4), ElementsAre("a", "verylongword", "b"));
  EXPECT_THAT(wrapped("as it is", 0), ElementsAre("as it is"));
  EXPECT_THAT(wrapped("", 10), ElementsAre(""));
}

TEST(Text, NothingThatSteersATerminalGetsThrough) {
  EXPECT_EQ(visible("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(visible("tab\tline\n"), "tab\\x09line\\x0a");
  EXPECT_EQ(visible("\xc2\x9b"), "\\xc2\\x9b");
  EXPECT_EQ(visible("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(visible("é €"), "é €");
  EXPECT_EQ(visible("a\u202eb\u2066\u2028"), "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6\\xe2\\x80\\xa8");
  EXPECT_EQ(visible("\xe0\x80\xaf"), "\\xe0\\x80\\xaf") << "too long a form";
}

TEST(Text, CountsDownInMinutesAndHours) {
  EXPECT_EQ(clock(39.4), "0:39");
  EXPECT_EQ(clock(3725), "1:02:05");
  EXPECT_EQ(clock(-1), "?");
}

TEST(Text, BarsFillEvenly) {
  EXPECT_EQ(bar(0, 4), "····");
  EXPECT_EQ(bar(0.5, 4), "██··");
  EXPECT_EQ(bar(0.625, 4), "██▌·");
  EXPECT_EQ(bar(7, 4), "████");
  EXPECT_EQ(bar(std::nan(""), 4), "····");
}

TEST(Text, SparklinesGoFromLeastToGreatestAndAverageWhatDoesNotFit) {
  EXPECT_EQ(sparkline({}, 8), "");
  EXPECT_EQ(sparkline({-1, 0, 1}, 8), "▁▅█");
  EXPECT_EQ(sparkline({2, 2}, 8), "▁▁");
  EXPECT_EQ(sparkline({0, 0, 1, 1}, 2), "▁█");
}

TEST(Text, CutsByColumnsAndEndsStyles) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "ab…");
  EXPECT_EQ(shortened("äöüß", 3), "äö…");
  EXPECT_EQ(shortened("\x1b[31mabcd\x1b[0m", 3), "\x1b[31mab…\x1b[0m");
}

TEST(Text, OfAVeryLongWordTheBeginningIsQuoted) {
  EXPECT_EQ(in_quotes("a b"), "'a b'");
  EXPECT_EQ(in_quotes(std::string(300, 'n')), "'" + std::string(99, 'n') + "…'");
}

TEST(Text, PathsBelowThePresentFolderAreShownFromThere) {
  const std::filesystem::path here = std::filesystem::current_path();
  EXPECT_EQ(shown_path(here / "runs" / "a"), "runs/a");
  EXPECT_EQ(shown_path("runs/a"), "runs/a");
  EXPECT_EQ(shown_path("/elsewhere/a"), "/elsewhere/a");
  EXPECT_EQ(shown_path(here.string() + "-too"), here.string() + "-too");
}

TEST(Text, YamlShowsBlanksAndKeepsTextText) {
  EXPECT_EQ(as_yaml(Value(" ")), "\" \"");
  EXPECT_EQ(as_yaml(Value("")), "\"\"");
  EXPECT_EQ(as_yaml(Value(" code")), "\" code\"");
  EXPECT_EQ(as_yaml(Value("null")), "\"null\"");
  EXPECT_EQ(as_yaml(Value("shuffled")), "shuffled");
}

}  // namespace
}  // namespace leakprobe::cli
