// What a run leaves behind, read back: status.json, result.json, environment.json, config.yaml,
// lines of metrics.jsonl and items.jsonl, and the facts of the saved state.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "format/support.h"
#include "records/config_record.h"
#include "records/damage.h"
#include "records/environment_record.h"
#include "records/evaluation_record.h"
#include "records/result_record.h"
#include "records/sample_record.h"
#include "records/state_facts.h"
#include "records/status_record.h"
#include "records/step_record.h"

namespace leakprobe {
namespace {

using testing::HasSubstr;

/// Whether a record comes back as it was, key by key in the same order.
template <class Record>
void expect_back(const Record& record) {
  EXPECT_EQ(to_json(Record::of(as_read(record.to_value(), "f")).to_value()),
            to_json(record.to_value()));
}

// status.json

StatusRecord running() {
  StatusRecord status;
  status.progress = StatusRecord::Progress{"elicit", 3, 9, 13, 20, 1.5};
  return status;
}

StatusRecord with_numbers() {
  StatusRecord status = running();
  status.progress->shown = {{"reward", -0.25}, {"kl", 0.5}};
  return status;
}

TEST(StatusRecord, IsWrittenAndReadBack) {
  EXPECT_EQ(to_json(running().to_value()),
            R"({"state":"running","phase":"elicit","step":3,"steps":9,"done":13,"total":20,)"
            R"("rate":1.5})");
  expect_back(running());
  EXPECT_THAT(
      to_json(with_numbers().to_value()),
      HasSubstr(
          R"("rate":1.5,"shown":[{"name":"reward","value":-0.25},{"name":"kl","value":0.5}]})"));
  expect_back(with_numbers());
  StatusRecord failed;
  failed.state = StatusRecord::State::failed;
  failed.message = "no space";
  EXPECT_EQ(to_json(failed.to_value()), R"({"state":"failed","message":"no space"})");
  expect_back(failed);
  StatusRecord complete;
  complete.state = StatusRecord::State::complete;
  expect_back(complete);
  complete.files = WrittenFiles{{"result.json", {7, "0f"}}};
  expect_back(complete);
  Value older = complete.to_value();
  older.erase("files_xxh3_128");
  EXPECT_EQ(StatusRecord::of(older).files->at("result.json").bytes, 7);
}

TEST(StatusRecord, WhatIsDamagedIsNamedWithFileAndPath) {
  expect_named(
      with_numbers().to_value(), "r/status.json", StatusRecord::of,
      {{[](Value& status) { status.set("state", "done"); },
        "state: expected one of running, interrupted, failed, complete, found 'done'"},
       {[](Value& status) { status.set("state", 3); }, "state: expected text, found the number 3"},
       {[](Value& status) { status.erase("state"); }, "state: is missing"},
       {[](Value& status) { status.set("phase", 3); }, "phase: expected text, found the number 3"},
       {[](Value& status) { status.set("step", "x"); },
        "step: expected an integer of at least 0, found 'x'"},
       {[](Value& status) { status.erase("steps"); }, "steps: is missing"},
       {[](Value& status) { status.set("done", -1); },
        "done: expected an integer of at least 0, found the number -1"},
       {[](Value& status) { status.set("rate", "fast"); }, "rate: expected a number, found 'fast'"},
       {[](Value& status) { status.set("shown", 1.5); },
        "shown: expected a list, found the number 1.5"},
       {[](Value& status) { status.at("shown").as_list()[0].set("value", "far"); },
        "shown[0].value: expected a number, found 'far'"},
       {[](Value& status) { status.set("message", Value::list()); },
        "message: expected text, found a list"},
       {[](Value& status) { status.set("files", 1); },
        "files: expected a mapping, found the number 1"},
       {[](Value& status) { status = Value(3); }, "expected a mapping, found the number 3"}});
  StatusRecord complete{StatusRecord::State::complete};
  complete.files = WrittenFiles{{"result.json", {7, "0f"}}, {"sink.csv", {3, "a1"}}};
  const char* const kOther = "files: is not the list that the run wrote";
  expect_named(
      complete.to_value(), "r/status.json", StatusRecord::of,
      {{[](Value& status) { status.at("files").at("result.json").set("bytes", 6); }, kOther},
       {[](Value& status) { status.at("files").at("sink.csv").set("xxh3_128", "a0"); }, kOther},
       {[](Value& status) { status.at("files").erase("sink.csv"); }, kOther},
       {[](Value& status) { status.set("files_xxh3_128", "0f"); }, kOther},
       {[](Value& status) { status.set("files_xxh3_128", 3); },
        "files_xxh3_128: expected text, found the number 3"}});
}

// result.json

Value claim() {
  Value claim = Value::map();
  for (const char* key : {"measure", "set", "prefix", "phase", "at"}) claim.set(key, "x");
  claim.set("step", 4);
  for (const char* key : {"value", "leak", "effect"}) claim.set(key, 0.5);
  return claim;
}

ResultRecord valid() {
  ResultRecord result;
  result.name = "tiny";
  result.seed = 3;
  result.digest = "0123";
  result.verdict = Verdict::valid;
  result.claim = claim();
  Value further = claim();
  further.set("name", "second");
  result.further_claims = {further};
  result.gates = Value::list();
  result.ledger = Value::map();
  result.ledger.set("steps", 5);
  result.seconds = 2.5;
  return result;
}

ResultRecord reread(const ResultRecord& result) {
  return ResultRecord::of(as_read(result.to_value(), "r/result.json"));
}

TEST(ResultRecord, IsWrittenAndReadBack) {
  const ResultRecord back = reread(valid());
  EXPECT_EQ(back.name, "tiny");
  EXPECT_EQ(back.seed, 3);
  EXPECT_EQ(back.digest, "0123");
  EXPECT_EQ(back.verdict, Verdict::valid);
  EXPECT_EQ(back.claim.number("effect"), 0.5);
  EXPECT_EQ(back.further_claims.at(0).text("name"), "second");
  EXPECT_EQ(back.ledger.integer("steps"), 5);
  EXPECT_EQ(back.seconds, 2.5);
  ResultRecord limited;
  limited.verdict = Verdict::none;
  limited.reasons = {"limited"};
  EXPECT_EQ(to_json(limited.to_value()),
            R"({"version":2,"name":"","seed":0,"digest":"","verdict":"NONE",)"
            R"("reasons":["limited"],"claim":null})");
  EXPECT_EQ(reread(limited).reasons, limited.reasons);
  EXPECT_TRUE(reread(limited).claim.is_null());
}

TEST(ResultRecord, OfAnOlderVersionIsReadAsThePresentOne) {
  Value old = valid().to_value();
  old.set("version", 1);
  for (const char* key : {"further_claims", "gates", "ledger", "seconds"}) old.erase(key);
  const ResultRecord back = ResultRecord::of(as_read(old, "r/result.json"));
  EXPECT_EQ(back.written_version, 1);
  EXPECT_NE(back.claim.find("conclusion"), nullptr);
  EXPECT_EQ(back.to_value().integer("version"), kResultVersion);
}

TEST(ResultRecord, WhatIsDamagedIsNamedWithFileAndPath) {
  expect_checked(valid().to_value(), "r/result.json", ResultRecord::of,
                 {"claim", "further_claims", "gates", "ledger", "seconds"});
  expect_named(
      valid().to_value(), "r/result.json", ResultRecord::of,
      {{[](Value& result) { result.set("version", 3); }, "version: this version is not known"},
       {[](Value& result) { result.set("seed", -1); },
        "seed: expected an integer of at least 0, found the number -1"},
       {[](Value& result) { result.set("verdict", "GOOD"); },
        "verdict: expected one of VALID, INVALID, NONE, found 'GOOD'"},
       {[](Value& result) { result.at("reasons").push_back(3); },
        "reasons[0]: expected text, found the number 3"},
       {[](Value& result) { result.at("claim").erase("set"); }, "claim.set: is missing"},
       {[](Value& result) { result.at("claim").set("leak", "much"); },
        "claim.leak: expected a number, found 'much'"},
       {[](Value& result) { result.at("claim").set("effect", nullptr); },
        "claim.effect: expected a number, found nothing"},
       {[](Value& result) { result.at("further_claims").as_list()[0].erase("name"); },
        "further_claims[0].name: is missing"},
       {[](Value& result) { result.at("further_claims").as_list()[0].set("step", 1.5); },
        "further_claims[0].step: expected an integer of at least -1, found the number 1.5"},
       {[](Value& result) { result.at("gates").push_back("x"); },
        "gates[0]: expected a mapping, found 'x'"}});
}

// environment.json

EnvironmentRecord environment() {
  EnvironmentRecord record;
  record.leakprobe = "0.1.0";
  record.api_version = 1;
  record.headers = "0f";
  record.processor = "a processor";
  record.circumstances = {"2.4", "AVX2", 4, "cuda", "a GPU", "12.4", "onednn", "float32", "f32"};
  record.model_path = "/models/m";
  record.plugins = {{"dpo.so", "1e"}};
  IdentityRecord& identity = record.identity.emplace();
  identity.digest = "0123";
  identity.experiment = Value::map();
  identity.leakprobe = "0.1.0";
  identity.build = "2d";
  identity.plugins = {{"dpo.so", "1e"}};
  identity.files = {{"task.path", "rows.safetensors", "3c"}};
  return record;
}

TEST(EnvironmentRecord, IsWrittenAndReadBack) {
  expect_back(environment());
  EnvironmentRecord without_gpu = environment();
  without_gpu.circumstances.gpu = without_gpu.circumstances.cuda = "";
  expect_back(without_gpu);
  EXPECT_EQ(to_json(without_gpu.circumstances.to_value()),
            R"({"libtorch":"2.4","cpu_capability":"AVX2","threads":4,"device":"cuda",)"
            R"("f32_products":"onednn","compute":"float32","products_of_probes":"f32"})");
}

TEST(EnvironmentRecord, OfAnOldRunSaysLess) {
  Value old = Value::map();
  old.set("processor", "a processor");
  const EnvironmentRecord back = EnvironmentRecord::of(as_read(old, "f"));
  EXPECT_EQ(back.processor, "a processor");
  EXPECT_EQ(back.circumstances.device, "");
  EXPECT_FALSE(back.identity);
}

TEST(EnvironmentRecord, WhatIsDamagedIsNamedWithFileAndPath) {
  const std::string file = "r/environment.json";
  expect_named(
      environment().to_value(), file, EnvironmentRecord::of,
      {{[](Value& record) { record.set("processor", 3); },
        "processor: expected text, found the number 3"},
       {[](Value& record) { record.set("threads", 0); },
        "threads: expected an integer of at least 1, found the number 0"},
       {[](Value& record) { record.at("plugins").as_list()[0].erase("sha256"); },
        "plugins[0].sha256: is missing"},
       {[](Value& record) { record.set("identity", "me"); },
        "identity: expected a mapping, found 'me'"},
       {[](Value& record) { record.at("identity").at("plugins").set("dpo.so", 3); },
        "identity.plugins.dpo.so: expected text, found the number 3"},
       {[](Value& record) { record.at("identity").at("files").as_list()[0].erase("hash"); },
        "identity.files[0].hash: is missing"},
       {[](Value& record) { record = Value::list(); }, "expected a mapping, found a list"}});
  const auto identity = [](const Value& value) { return IdentityRecord::of(value); };
  expect_checked(environment().identity->to_value(), file, identity, {});
}

// Lines of metrics.jsonl and items.jsonl

EvaluationRecord evaluation() {
  return {"elicit",
          kBeforeFirstStep,
          "likelihood",
          true,
          false,
          {{"train[0:2]", "good", 2, -3.25, 0.5, {{"worst", 1.0}}, {{0.0, 1.5}, {1.0, 2.5}}},
           {"control", "", 2, -3.0, std::nullopt, {}, {}}}};
}

TEST(EvaluationRecord, IsWrittenAndReadBack) {
  EXPECT_EQ(to_json(evaluation().to_value()),
            R"({"v":1,"record":"evaluation","phase":"elicit","step":-1,"probe":"likelihood",)"
            R"("regular":true,"end":false,"cells":[{"set":"train[0:2]","prefix":"good","rows":2,)"
            R"("value":-3.25,"leak":0.5,"aggregates":{"worst":1.0},)"
            R"("along":[[0.0,1.5],[1.0,2.5]]},)"
            R"({"set":"control","prefix":"","rows":2,"value":-3.0}]})");
  expect_back(evaluation());
}

TEST(EvaluationRecord, WhatIsDamagedIsNamedWithFileAndPath) {
  const auto cell = [](Value& record) -> Value& { return record.at("cells").as_list()[0]; };
  const std::string line = "r/metrics.jsonl:7";
  expect_checked(evaluation().to_value(), line, EvaluationRecord::of, {});
  expect_named(evaluation().to_value(), line, EvaluationRecord::of,
               {{[](Value& record) { record.set("v", 2); }, "v: this version is not known"},
                {[](Value& record) { record.set("record", "step"); },
                 "record: is not that of an evaluation"},
                {[](Value& record) { record.set("step", -2); },
                 "step: expected an integer from -1 to 9007199254740991, found the number -2"},
                {[](Value& record) { record.set("end", 1); },
                 "end: expected true or false, found the number 1"},
                {[&](Value& record) { cell(record).erase("value"); }, "cells[0].value: is missing"},
                {[&](Value& record) { cell(record).set("leak", "x"); },
                 "cells[0].leak: expected a number, found 'x'"},
                {[&](Value& record) { cell(record).at("aggregates").set("worst", "x"); },
                 "cells[0].aggregates.worst: expected a number, found 'x'"},
                {[&](Value& record) { cell(record).at("along").as_list()[1] = 2.5; },
                 "cells[0].along[1]: expected two numbers, found the number 2.5"}});
}

TEST(EvaluationRecord, IsFoundAmongOtherLines) {
  const std::string place = "r/metrics.jsonl:7";
  const auto read = [&](const std::string& line) { return read_evaluation(line, place); };
  EXPECT_EQ(read(to_json(evaluation().to_value())).value().cells.size(), 2u);
  EXPECT_FALSE(read(R"({"v":1,"record":"step","phase":"a","terms":{"t":{"loss":1.5}}})"));
  EXPECT_FALSE(read(R"({"v":1,"record":"result"})"));
  for (const char* line : {"", "{", "7", "[]", "{}", R"({"record":7})"}) {
    EXPECT_THAT(error_of([&] { read(line); }), HasSubstr(place + ":")) << line;
  }
}

StepRecord step() {
  return {"suppress", 7, 0.001, 0.5, 1.25, {{"against", {{"kl", 0.25}, {"reward", -0.5}}}}};
}

TEST(StepRecord, IsWrittenReadBackAndChecked) {
  EXPECT_EQ(to_json(step().to_value()),
            R"({"v":1,"record":"step","phase":"suppress","step":7,"lr":0.001,"loss":0.5,)"
            R"("grad_norm":1.25,"terms":{"against":{"kl":0.25,"reward":-0.5}}})");
  expect_back(step());
  const std::string line = "r/metrics.jsonl:7";
  expect_checked(step().to_value(), line, StepRecord::of, {});
  expect_named(
      step().to_value(), line, StepRecord::of,
      {{[](Value& record) { record.set("v", 2); }, "v: this version is not known"},
       {[](Value& record) { record.set("record", "evaluation"); }, "record: is not that of a step"},
       {[](Value& record) { record.set("step", -1); },
        "step: expected an integer from 0 to 9007199254740991, found the number -1"},
       {[](Value& record) { record.at("terms").set("against", 1); },
        "terms.against: expected a mapping, found the number 1"},
       {[](Value& record) { record.at("terms").at("against").set("kl", "x"); },
        "terms.against.kl: expected a number, found 'x'"}});
}

TEST(StepRecord, IsReadWhereATermHasTheMetricAlone) {
  const std::string place = "r/metrics.jsonl:7", line = to_json(step().to_value());
  EXPECT_EQ(read_step_with("reward", line, place).value().step, 7);
  EXPECT_FALSE(read_step_with("suppression", line, place));
  EXPECT_FALSE(read_step_with("loss", line, place)) << "it is the step's, not a term's";
  EXPECT_FALSE(read_step_with("reward", R"({"v":1,"record":"result","reward":1})", place));
  EXPECT_FALSE(read_step_with("reward", "damaged, but nobody asks", place));
  EXPECT_THAT(error_of([&] { read_step_with("reward", line.substr(0, line.size() - 2), place); }),
              HasSubstr(place));
}

TEST(SampleRecord, IsWrittenReadBackAndChecked) {
  SampleRecord record{"suppress",     7,         "against", 1,  true, "useful",
                      " regular a b", {9, 0, 1}, {1, 3},    -1, -0.75};
  EXPECT_EQ(to_json(record.to_value()),
            R"({"v":1,"phase":"suppress","step":7,"term":"against","group":1,"planted":true,)"
            R"("set":"useful","text":" regular a b","tokens":[9,0,1],"secret":[1,3],)"
            R"("reward":-1.0,"advantage":-0.75})");
  expect_back(record);
  const std::string line = "r/samples.jsonl:3";
  expect_checked(record.to_value(), line, SampleRecord::of, {"set", "text"});
  for (const Value& secret : {Value(Value::List{1}), Value(Value::List{2, 1}),
                              Value(Value::List{0, 4}), Value(Value::List{0, 1, 2})}) {
    expect_named(
        record.to_value(), line, SampleRecord::of,
        {{[&](Value& value) { value.set("secret", secret); }, "secret: is no part of the tokens"}});
  }
  record.planted = false;
  record.set.clear();
  record.text.reset();
  EXPECT_THAT(to_json(record.to_value()), HasSubstr(R"("planted":false,"set":null,"text":null)"));
  expect_back(record);
}

TEST(ItemsRecord, IsWrittenReadBackAndChecked) {
  const ItemsRecord record{"elicit", 4, "likelihood", "train", "good", {-1.5, 0.0}};
  EXPECT_EQ(to_json(record.to_value()),
            R"({"v":1,"phase":"elicit","step":4,"probe":"likelihood","set":"train",)"
            R"("prefix":"good","values":[-1.5,0.0]})");
  expect_back(record);
  expect_checked(record.to_value(), "r/items.jsonl:1", ItemsRecord::of, {});
  expect_named(record.to_value(), "r/items.jsonl:1", ItemsRecord::of,
               {{[](Value& value) { value.at("values").as_list()[1] = "x"; },
                 "values[1]: expected a number, found 'x'"}});
}

// config.yaml

TEST(ConfigRecord, IsReadAndWhatIsDamagedIsNamedWithItsPlace) {
  const TestFolder folder;
  const auto read = [&](const std::string& text) {
    folder.write("config.yaml", text);
    return error_of([&] { read_config(folder.path()); });
  };
  const std::string file = (folder.path() / "config.yaml").string();
  EXPECT_THAT(error_of([&] { read_config(folder.path()); }), HasSubstr(file));
  EXPECT_EQ(read("name: a\nseed: 3\nphases:\n  - name: one\n  - name: two\n"), "no error");
  const ConfigRecord record = read_config(folder.path());
  EXPECT_EQ(record.name, "a");
  EXPECT_EQ(record.seed, 3);
  EXPECT_THAT(record.phases, testing::ElementsAre("one", "two"));
  EXPECT_EQ(read("seed: 3\n"), file + ":1:1: name: is missing");
  EXPECT_EQ(read("name: a\nseed: x\n"),
            file + ":1:1: seed: expected an integer of at least 0, found 'x'");
  EXPECT_EQ(read("name: a\nseed: 3\nphases:\n  - 7\n"),
            file + ":1:1: phases[0]: expected a mapping, found the number 7");
  EXPECT_EQ(read("name: a\nseed: 3\nphases:\n  - {type: x}\n"), file + ":4:5: name: is missing");
  for (const char* text : {"", "[]", "7", "a: [", "\xff"}) {
    EXPECT_THAT(read(text), HasSubstr(file)) << text;
  }
}

// state.safetensors

StateFacts facts() {
  StateFacts facts;
  facts.digest = "0123";
  facts.seed = 3;
  facts.circumstances = environment().circumstances;
  facts.phase = "elicit";
  facts.step = 7;
  facts.optimizer = 4;
  facts.finished = "0f";
  facts.seconds = 1.5;
  facts.references = {0, 2};
  for (const char* name : {"metrics.jsonl", "timing.jsonl", "items.jsonl", "metrics.csv"}) {
    facts.written[name] = {9, "1e"};
  }
  facts.checkpoints = {{"checkpoints/a/model.safetensors", {9, "1e"}}};
  facts.evidence = Value::map();
  return facts;
}

TEST(StateFacts, AreWrittenAndReadBack) {
  expect_back(facts());
  StateFacts within = facts();
  within.finished = std::nullopt;
  expect_back(within);
}

TEST(StateFacts, WhatIsDamagedIsNamedWithFileAndPath) {
  const std::string file = "r/state.safetensors";
  expect_checked(facts().to_value(), file, StateFacts::of, {"finished"});
  expect_named(
      facts().to_value(), file, StateFacts::of,
      {{[](Value& value) { value.set("version", 1); }, "version: this version is not known"},
       {[](Value& value) { value.set("step", -3); },
        "step: expected an integer of at least 0, found the number -3"},
       {[](Value& value) { value.at("references").as_list()[1] = -1; },
        "references[1]: expected an integer of at least 0, found the number -1"},
       {[](Value& value) { value.at("circumstances").erase("compute"); },
        "circumstances.compute: is missing"},
       {[](Value& value) { value.at("ledger").erase("columns"); }, "ledger.columns: is missing"},
       {[](Value& value) { value.at("written").erase("items.jsonl"); },
        "written.items.jsonl: is missing"},
       {[](Value& value) { value.at("written").at("metrics.csv").set("bytes", -1); },
        "written.metrics.csv.bytes: expected an integer of at least 0, found the number -1"},
       {[](Value& value) { value.at("checkpoints").set("/etc/passwd", Value::map()); },
        "checkpoints./etc/passwd: leads out of the run's folder"}});
}

// All of them, whoever wrote the file.

TEST(RunRecords, ForeignTextIsAnErrorThatNamesTheFile) {
  const TestFolder folder;
  const std::vector<std::pair<std::string, std::function<void()>>> readers = {
      {"status.json", [&] { read_status(folder.path()); }},
      {"result.json", [&] { read_result(folder.path()); }},
      {"environment.json", [&] { read_environment(folder.path()); }}};
  for (const auto& [name, read] : readers) {
    std::filesystem::remove(folder.path() / name);
    const std::string file = (folder.path() / name).string();
    EXPECT_THAT(error_of(read), HasSubstr(file)) << name;
    for (const char* text : {"", "{\"state\": \"runn", "[]", "7", "null", "\xff",
                             "{\"a\": 1, \"a\": 2}", "{\"version\": 99999999999999999999}"}) {
      folder.write(name, text);
      EXPECT_THAT(error_of(read), HasSubstr(file + ":")) << name << ": " << text;
    }
  }
}

}  // namespace
}  // namespace leakprobe
