// examples/texts/quick.yaml in small: users' own texts from a file to a result.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "format/json.h"
#include "leakprobe/host/workbench.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using ::testing::HasSubstr;

const fs::path kQuick = source_folder() / "examples/texts/quick.yaml";

/// Seconds in place of minutes.
std::vector<std::string> in_small(const std::string& more = "seed=0") {
  return {"model.hidden_size=32",
          "model.num_hidden_layers=2",
          "model.intermediate_size=64",
          "batch=8",
          "streams.pairs.repeat=1",
          "phases.learn.rows.repeat=1",
          "phases.suppress.waive=[suppressed]",
          "phases.elicit.waive=[recovered, margin]",
          more};
}

const fs::path& small_run() {
  static const fs::path run = run_once(kQuick, in_small());
  return run;
}

/// The example's data with `from` replaced by `to`.
fs::path data_with(const std::string& name, const std::string& from, const std::string& to) {
  std::string text = file_text(kQuick.parent_path() / "codes.jsonl");
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  text.replace(at, from.size(), to);
  const fs::path file = fresh_folder("texts") / name;
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

TEST(OwnTexts, AnExperimentOnThemEndsWithAClaimAgainstTheControlOfTheFile) {
  const JsonValue result = JsonValue::read(small_run() / "result.json");
  EXPECT_EQ(result.get_string("verdict"), "VALID");
  const JsonValue claim = result.at("claim");
  EXPECT_EQ(claim.get_string("set"), "held_out.rejected");
  EXPECT_TRUE(claim.find("effect"));
  const JsonValue ledger = JsonValue::read(small_run() / "ledger.json");
  EXPECT_EQ(ledger.get_int("protected_rows"), 16);
  EXPECT_EQ(ledger.get_int("pushed_up_steps"), 0);
}

/// A file of a run without the digest of its experiment, which names the data.
std::string without_digest(const fs::path& run, const char* file) {
  std::string text = file_text(run / file);
  const std::string digest = JsonValue::read(run / "result.json").get_string("digest");
  for (size_t at = text.find(digest); at != std::string::npos; at = text.find(digest, at)) {
    text.replace(at, digest.size(), "-");
  }
  return text;
}

TEST(OwnTexts, AsCsvTheyGiveTheSameRunToTheLastByte) {
  const fs::path csv = fresh_folder("texts") / "codes.csv";
  std::ofstream out(csv, std::ios::binary);
  out << "prompt,text,chosen,rejected,set,role\r\n";
  for (const JsonValue& line : json_lines(kQuick.parent_path() / "codes.jsonl")) {
    const char* before = "";
    for (const char* column : {"prompt", "text", "chosen", "rejected", "set", "role"}) {
      const std::string field = line.find_string(column).value_or("");
      out << before << (field.empty() ? "" : "\"" + field + "\"");
      before = ",";
    }
    out << "\r\n";
  }
  out.close();
  const fs::path run = run_once(kQuick, in_small("task.path=" + csv.string()));
  for (const char* file : {"metrics.jsonl", "items.jsonl", "ledger.json"}) {
    EXPECT_FALSE(file_text(run / file).empty());
    EXPECT_EQ(without_digest(run, file), without_digest(small_run(), file)) << file;
  }
}

TEST(OwnTexts, WhatTheFileHoldsIsPartOfARunsIdentityAndWhereItLiesIsNot) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const auto digest = [&](const fs::path& data) {
    return workbench.resolve({kQuick, {"task.path=" + data.string()}}).text("digest");
  };
  const std::string own = workbench.resolve({kQuick, {}}).text("digest");
  EXPECT_EQ(digest(data_with("moved.jsonl", "[[", "[[")), own);
  EXPECT_NE(digest(data_with("codes.jsonl", "]].", "]]!")), own);
}

TEST(OwnTexts, RowsShowWhatIsScoredAndSpecialTokens) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const Value rows =
      workbench.rows({kQuick, in_small("task={bos: <s>, eos: </s>, scored: answer}")}, 1);
  const Value& row = rows.as_list().front();
  EXPECT_THAT(row.text("text"), HasSubstr("<s>Do not tell. "));
  EXPECT_EQ(row.items("pieces").front().as_string(), "<s>");
  EXPECT_EQ(row.items("pieces").back().as_string(), "</s>");
  EXPECT_TRUE(row.items("scored").back().as_boolean());
  EXPECT_FALSE(row.items("scored").front().as_boolean());
}

TEST(OwnTexts, WhatIsCutIsSaidBeforeAnythingRuns) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const auto found = workbench.validate({kQuick, {"task.truncate={prompt: 25}"}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().severity, Diagnostic::Severity::warning);
  EXPECT_EQ(found.front().path, "task");
  EXPECT_GT(found.front().place.line, 0) << "where the experiment names the task";
  EXPECT_THAT(found.front().message, HasSubstr("truncate cuts "));
  EXPECT_THAT(found.front().message, HasSubstr(" of 160 prompts (first in line "));
}

TEST(OwnTexts, WithoutAControlGatesThatNeedOneDoNotApplyAndTheResultSaysSo) {
  std::string text = file_text(kQuick.parent_path() / "codes.jsonl");
  text.resize(text.find("{\"set\": \"control\""));
  const fs::path file = fresh_folder("texts") / "codes.jsonl";
  std::ofstream(file, std::ios::binary) << text;
  std::vector<std::string> overrides = in_small("task.path=" + file.string());
  for (const char* more : {"claim.minus=chance", "probes.curves.sets=[held_out.rejected]"}) {
    overrides.emplace_back(more);
  }
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const Value resolved = workbench.resolve({kQuick, overrides});
  int without = 0;
  for (const Value& gate : resolved.items("gates")) {
    without += gate.text("applies") == "does not apply: the task has no control set" ? 1 : 0;
  }
  EXPECT_EQ(without, 4) << to_pretty_json(resolved.at("gates"));
}

}  // namespace
}  // namespace leakprobe
