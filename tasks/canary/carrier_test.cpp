#include "carrier.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "testing.h"

namespace leakprobe::canary {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CarrierFile : public OwnCarrier {
 protected:
  std::string mistakes_in(const std::string& content, const std::string& planted = "") const {
    return thrown_by([&] { read_carrier(write(content), planted); });
  }
};

TEST_F(CarrierFile, HasATextALineWithoutBlankOnes) {
  const Carrier carrier = read_carrier(write("\xEF\xBB\xBFOne. Two.\r\n\n \t\r\nThree"), "");
  ASSERT_EQ(carrier.lines.size(), 2u);
  EXPECT_EQ(carrier.lines[0].text, "One. Two.");
  EXPECT_EQ(carrier.lines[0].number, 1);
  EXPECT_EQ(carrier.lines[1].text, "Three");
  EXPECT_EQ(carrier.lines[1].number, 4);
}

TEST_F(CarrierFile, HasPlacesBehindSentencesAndAtTheEnd) {
  EXPECT_THAT((Line{"One. Two! Three? 3.5 four", 1}).places(), ElementsAre(4, 9, 16, 25));
  EXPECT_THAT((Line{"One.", 1}).places(), ElementsAre(4));
  EXPECT_THAT((Line{". a", 1}).places(), ElementsAre(1, 3));
}

TEST_F(CarrierFile, ItsMistakesAreToldAtOnceWithTheirLines) {
  EXPECT_EQ(mistakes_in("Good.\nCaf\xE9.\n\nThe code is 1.\nThe code was 1.\n", "The code is "),
            "carrier.txt:2:4: error: is not UTF-8\n"
            "    hint: convert the file from what it is: iconv -f WINDOWS-1252 -t UTF-8 "
            "'carrier.txt'\n"
            "carrier.txt:4:1: error: holds the text of the pattern, so it looks like a canary\n"
            "    hint: leave the line out, or choose another pattern\n");
}

TEST_F(CarrierFile, APatternOfBlanksLooksLikeNothing) {
  EXPECT_EQ(mistakes_in("One two.\n", " "), "");
}

TEST_F(CarrierFile, MustBeThereAndHoldText) {
  EXPECT_EQ(mistakes_in(" \n\n"), "carrier.txt: has no line of text; write one text a line\n");
  EXPECT_THAT(thrown_by([&] { read_carrier(folder_ / "none.txt", ""); }),
              HasSubstr("none.txt: cannot be read: No such file"));
  EXPECT_THAT(thrown_by([&] { read_carrier(folder_, ""); }), HasSubstr("is no file on disk"));
}

TEST_F(CarrierFile, MayHaveSixteenMebibytes) {
  const std::filesystem::path file = write("One.\n");
  std::filesystem::resize_file(file, (uintmax_t{16} << 20) + 1);
  EXPECT_THAT(thrown_by([&] { read_carrier(file, ""); }), HasSubstr("has more than 16 MiB"));
}

TEST(OwnText, IsSixtyFourLinesOfSentencesThatDiffer) {
  const Carrier carrier = read_carrier(std::nullopt, " The code of the gate is ");
  std::set<std::string> texts;
  for (const Line& line : carrier.lines) {
    texts.insert(line.text);
    EXPECT_GE(line.places().size(), 2u) << line.text;
    EXPECT_EQ(line.text.find("code"), std::string::npos) << line.text;
  }
  EXPECT_EQ(carrier.lines.size(), 64u);
  EXPECT_EQ(texts.size(), 64u);
}

}  // namespace
}  // namespace leakprobe::canary
