#include "records/growing_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "format/json_to_value.h"
#include "format/support.h"
#include "records/damage.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Value record(int64_t step) {
  Value value = Value::map();
  value.set("step", step);
  return value;
}

class GrowingFileTest : public testing::Test {
 protected:
  /// Writes steps [first, end) behind what was written; gives what is there then.
  Written append(const Written& written, int64_t first, int64_t end) {
    GrowingFile growing(file_, written);
    for (int64_t step = first; step < end; ++step) growing.append_line(record(step));
    return growing.written();
  }

  std::string text() const {
    std::ifstream stream(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void overwrite(const std::string& text) const { std::ofstream(file_, std::ios::binary) << text; }

  const TestFolder folder_;
  const fs::path file_ = folder_.path() / "metrics.jsonl";
};

TEST_F(GrowingFileTest, HoldsALineForEachRecord) {
  const Written written = append({}, 0, 3);
  EXPECT_EQ(text(), "{\"step\":0}\n{\"step\":1}\n{\"step\":2}\n");
  EXPECT_EQ(written.bytes, 33);
  EXPECT_EQ(written.hash, written_now(file_).hash);
}

TEST_F(GrowingFileTest, KeepsWhatWasWrittenWithoutBeingAskedFor) {
  { GrowingFile(file_, {}).append_line(record(0)); }
  EXPECT_EQ(text(), "{\"step\":0}\n");
}

TEST_F(GrowingFileTest, OfANewRunBeginsWithItsFirstByte) {
  overwrite("of an earlier run\n");
  append({}, 0, 1);
  EXPECT_EQ(text(), "{\"step\":0}\n");
}

TEST_F(GrowingFileTest, GoesOnWhereTheSavedStateEnds) {
  const Written saved = append({}, 0, 2);
  append(saved, 2, 5);  // lost with the process
  append(saved, 2, 3);
  const std::string resumed = text();
  fs::remove(file_);
  append({}, 0, 3);
  EXPECT_EQ(resumed, text());
}

TEST_F(GrowingFileTest, ThatIsShorterThanItWasIsRefusedAndLeftAlone) {
  const Written saved = append({}, 0, 2);
  overwrite("{\"step\":0}\n");
  EXPECT_EQ(error_of([&] { append(saved, 2, 3); }),
            file_.string() +
                ": has 11 bytes where the saved state knows of 22, so records were lost; start the "
                "run anew with --fresh");
  EXPECT_EQ(text(), "{\"step\":0}\n");
}

TEST_F(GrowingFileTest, OneBitOfWhichIsAnotherIsRefusedAndLeftAlone) {
  const Written saved = append({}, 0, 2);
  const std::string changed = "{\"step\":0}\n{\"step\":3}\n{\"step\":2}\n";
  overwrite(changed);
  EXPECT_THAT(error_of([&] { append(saved, 2, 3); }),
              HasSubstr("metrics.jsonl: was altered since the state was saved"));
  EXPECT_EQ(text(), changed);
}

TEST_F(GrowingFileTest, WhatIsNoNumberIsAMistakeInTheProgramAndWritesNothing) {
  GrowingFile growing(file_, {});
  Value odd = record(0);
  odd.set("loss", std::numeric_limits<double>::quiet_NaN());
  EXPECT_ANY_THROW(growing.append_line(odd));
  growing.append_line(record(1));
  growing.written();
  EXPECT_EQ(text(), "{\"step\":1}\n");
}

// What a saved state and a manifest say of files.

const std::string kState = "state.safetensors";

TEST(Written, IsReadBackAsItWasWritten) {
  const WrittenFiles files = {{"metrics.jsonl", {33, "0f"}}, {"checkpoints/a/m", {0, "1e"}}};
  EXPECT_EQ(to_json(to_value(files)), R"({"checkpoints/a/m":{"bytes":0,"xxh3_128":"1e"},)"
                                      R"("metrics.jsonl":{"bytes":33,"xxh3_128":"0f"}})");
  EXPECT_EQ(to_json(to_value(written_files(as_read(to_value(files), kState)))),
            to_json(to_value(files)));
}

TEST(Written, WhatIsDamagedIsNamedWithFileAndPath) {
  const WrittenFiles files = {{"metrics", {33, "0f"}}};
  expect_named(
      to_value(files), kState, written_files,
      {{[](Value& value) { value.at("metrics").set("bytes", -1); },
        "metrics.bytes: expected an integer of at least 0, found the number -1"},
       {[](Value& value) { value.at("metrics").set("bytes", 1e300); },
        "metrics.bytes: expected an integer of at least 0, found the number 1e+300"},
       {[](Value& value) { value.at("metrics").erase("bytes"); }, "metrics.bytes: is missing"},
       {[](Value& value) { value.at("metrics").set("xxh3_128", ""); },
        "metrics.xxh3_128: is no hash"},
       {[](Value& value) { value.at("metrics").set("xxh3_128", 7); },
        "metrics.xxh3_128: expected text, found the number 7"},
       {[](Value& value) { value.set("metrics", "all of it"); },
        "metrics: expected a mapping, found 'all of it'"},
       {[](Value& value) { value.set("../x", Value::map()); },
        "../x: leads out of the run's folder"},
       {[](Value& value) { value = Value::list(); }, "expected a mapping, found a list"}});
}

}  // namespace
}  // namespace leakprobe
