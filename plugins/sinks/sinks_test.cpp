#include "sinks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "leakprobe/error.h"
#include "leakprobe/testing/test_context.h"

namespace leakprobe {
namespace {

using ::testing::HasSubstr;
using testing::TestContext;

class JsonLinesTest : public ::testing::Test {
 protected:
  JsonLinesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sinksXXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~JsonLinesTest() override { std::filesystem::remove_all(folder_); }
  std::string content() const {
    std::ifstream file(folder_ / "metrics.jsonl");
    return (std::ostringstream() << file.rdbuf()).str();
  }
  static Value record(int64_t step) {
    Value value = Value::map();
    value.set("record", "step");
    value.set("step", step);
    return value;
  }
  std::filesystem::path folder_;
};

TEST_F(JsonLinesTest, WritesALineARecordAndKnowsItsPosition) {
  JsonLines sink({}, TestContext());
  sink.open(folder_, 0);
  sink.write(record(0));
  const int64_t position = sink.position();
  EXPECT_EQ(position, static_cast<int64_t>(content().size()));
  EXPECT_EQ(content(), "{\"record\":\"step\",\"step\":0}\n");
}

TEST_F(JsonLinesTest, ResumesAtTheSavedPosition) {
  int64_t saved = 0;
  {
    JsonLines sink({}, TestContext());
    sink.open(folder_, 0);
    sink.write(record(0));
    saved = sink.position();
    sink.write(record(1));
  }
  EXPECT_THAT(content(), HasSubstr("\"step\":1"));
  JsonLines sink({}, TestContext());
  sink.open(folder_, saved);
  sink.write(record(2));
  sink.position();
  EXPECT_EQ(content(), "{\"record\":\"step\",\"step\":0}\n{\"record\":\"step\",\"step\":2}\n");
}

TEST_F(JsonLinesTest, RefusesAFileThatLostRecords) {
  JsonLines sink({}, TestContext());
  try {
    sink.open(folder_, 100);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("metrics.jsonl: has 0 bytes where the saved state knows"));
  }
}

TEST_F(JsonLinesTest, SaysWhereItCannotWrite) {
  JsonLines sink({}, TestContext());
  EXPECT_THROW(sink.open(folder_ / "absent", 0), Error);
}

Value evaluation(int64_t step, bool end) {
  Value record = Value::map();
  record.set("record", "evaluation");
  record.set("phase", "elicit");
  record.set("step", step);
  record.set("probe", "curves");
  record.set("end", end);
  Value cells = Value::list();
  for (const char* prefix : {"regular", "reverse"}) {
    for (const char* set : {"held_out", "control"}) {
      Value cell = Value::map();
      cell.set("set", set);
      cell.set("prefix", prefix);
      cell.set("value", -3.0);
      cell.set("leak", 0.25);
      cells.push_back(std::move(cell));
    }
  }
  record.set("cells", std::move(cells));
  return record;
}

TEST(Console, WritesALineForTheEndsOfPhases) {
  const TestContext context;
  Console sink({}, context);
  sink.write(evaluation(-1, false));
  sink.write(evaluation(5, false));
  sink.write(evaluation(9, true));
  ASSERT_EQ(context.infos.size(), 2u);
  EXPECT_THAT(context.infos[0], HasSubstr("elicit start, curves"));
  EXPECT_EQ(context.infos[1],
            "elicit end, step 9, curves | regular: held_out +0.250, control +0.250 | reverse: "
            "held_out +0.250, control +0.250");
}

TEST(Console, WritesAllEvaluationsWhereAskedAndNoSteps) {
  const TestContext context;
  Console::Options options;
  options.evaluations = "all";
  Console sink(options, context);
  sink.write(evaluation(5, false));
  Value step = Value::map();
  step.set("record", "step");
  sink.write(step);
  EXPECT_EQ(context.infos.size(), 1u);
}

}  // namespace
}  // namespace leakprobe
