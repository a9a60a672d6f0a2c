#include "sinks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "event_file.h"
#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

using kit::TestContext;
using ::testing::HasSubstr;

/// The file that a run of these records makes of a sink.
std::string content(Sink& sink, const std::vector<Value>& records) {
  std::string bytes = sink.beginning();
  for (const Value& record : records) bytes += sink.write(record);
  return bytes;
}

TEST(JsonLines, WritesALineARecord) {
  Value record = Value::map();
  record.set("record", "step");
  record.set("step", 0);
  JsonLines sink({}, TestContext());
  EXPECT_EQ(content(sink, {record, record}),
            "{\"record\":\"step\",\"step\":0}\n{\"record\":\"step\",\"step\":0}\n");
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

Value step_record(int64_t step) {
  Value rewards = Value::map();
  rewards.set("rewards/margins", 0.5);
  Value terms = Value::map();
  terms.set("dpo", std::move(rewards));
  Value record = Value::map();
  record.set("v", 1);
  record.set("record", "step");
  record.set("phase", "elicit");
  record.set("step", step);
  record.set("loss", 0.25);
  record.set("terms", std::move(terms));
  return record;
}

Value result_record() {
  Value claim = Value::map();
  claim.set("phase", "elicit");
  claim.set("step", 40);
  claim.set("leak", 0.125);
  Value record = Value::map();
  record.set("record", "result");
  record.set("claim", std::move(claim));
  return record;
}

TEST(Csv, HasALineForEachNumber) {
  CsvLines sink({}, TestContext());
  Value cells = evaluation(-1, false);
  cells.at("cells").as_list().resize(1);
  cells.at("cells").as_list()[0].set("set", "a \"set\", quoted");
  EXPECT_EQ(content(sink, {step_record(3), cells, result_record()}),
            "phase,step,name,set,prefix,value,leak\n"
            "elicit,3,loss,,,0.25,\n"
            "elicit,3,dpo/rewards/margins,,,0.5,\n"
            "elicit,-1,curves,\"a \"\"set\"\", quoted\",regular,-3.0,0.25\n"
            "elicit,40,claim/leak,,,0.125,\n");
}

TEST(Csv, NoNameIsAFormulaForASpreadsheet) {
  CsvLines sink({}, TestContext());
  Value cells = evaluation(-1, false);
  cells.set("probe", "a;=1+1");
  cells.at("cells").as_list().resize(1);
  cells.at("cells").as_list()[0].set("set", "@x");
  cells.at("cells").as_list()[0].set("prefix", "\t=b,;\"-c");
  EXPECT_EQ(sink.write(cells), "elicit,-1,a;'=1+1,'@x,\"'\t'=b,;\"\"'-c\",-3.0,0.25\n");
}

/// The data of each record of an event file.
std::vector<std::string> events(const std::string& bytes) {
  std::vector<std::string> found;
  for (size_t at = 0; at < bytes.size();) {
    uint64_t length = 0;
    for (size_t i = 0; i < 8; ++i) {
      length |= uint64_t{static_cast<unsigned char>(bytes.at(at + i))} << (8 * i);
    }
    found.push_back(bytes.substr(at + 12, length));
    EXPECT_EQ(framed_record(found.back()), bytes.substr(at, length + 16));
    at += length + 16;
  }
  return found;
}

TEST(TensorBoard, HasAnEventForEachRecordWithNumbers) {
  TensorBoard sink({}, TestContext());
  Value phase = Value::map();
  phase.set("record", "phase");
  const std::vector<std::string> found =
      events(content(sink, {step_record(0), phase, step_record(1), result_record()}));
  ASSERT_EQ(found.size(), 4u);
  EXPECT_THAT(found[0], HasSubstr("brain.Event:2"));
  EXPECT_THAT(found[1], HasSubstr("elicit/dpo/rewards/margins"));
  EXPECT_THAT(found[3], HasSubstr("elicit/claim/leak"));
}

TEST(TensorBoard, AProbesCellHasATagOfItsOwn) {
  TensorBoard sink({}, TestContext());
  const std::vector<std::string> found = events(sink.write(evaluation(5, true)));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0], HasSubstr("elicit/curves/held_out/reverse"));
  EXPECT_THAT(found[0], HasSubstr("elicit/curves/control/regular"));
}

TEST(TensorBoard, ANumberBeyondAFloatsIsLeftOutWithOneWarning) {
  const TestContext context;
  TensorBoard sink({}, context);
  Value record = step_record(3);
  record.set("loss", -1e39);
  record.set("grad_norm", 3.4e38);
  const std::vector<std::string> found = events(content(sink, {record, record}));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_THAT(found[1], ::testing::Not(HasSubstr("elicit/loss")));
  EXPECT_THAT(found[1], HasSubstr("elicit/grad_norm"));
  ASSERT_EQ(context.warnings.size(), 1u);
  EXPECT_EQ(context.warnings[0],
            "elicit/loss is -1e+39 at step 3, which TensorBoard's numbers do not hold: such are "
            "left out");
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
  options.evaluations = Console::Options::Evaluations::all;
  Console sink(options, context);
  sink.write(evaluation(5, false));
  Value step = Value::map();
  step.set("record", "step");
  sink.write(step);
  EXPECT_EQ(context.infos.size(), 1u);
}

}  // namespace
}  // namespace leakprobe
