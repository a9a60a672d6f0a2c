#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "format/json.h"
#include "leakprobe/host/workbench.h"
#include "support/run_helpers.h"

/// Sets with columns, from validate to audit.
namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

/// An experiment on pairs; `task` are further options of the task, `phases` the phases after the
/// first, which pushes train's rejected answers down.
fs::path pair_file(const std::string& task, const std::string& more) {
  const fs::path file = fresh_folder("pairs") / "pairs.yaml";
  std::ofstream(file)
      << "name: pairs\nplugins: [" << LEAKPROBE_TEST_PAIRS << "]\n"
      << "model: {type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, "
         "intermediate_size: 64, vocab_size: 26}\n"
      << "task: {type: test.pairs" << (task.empty() ? "" : ", ") << task << "}\n"
      << "optimizer: {type: adamw, lr: 1e-3}\nschedule: {type: constant}\nbatch: 4\n"
      << more;
  return file;
}

const std::string kSuppress =
    "phases:\n"
    "  - {name: push, type: suppress, objective: {type: dpo}, pairs: {set: train, repeat: 4}, "
    "waive: [suppressed]}\n";

std::string diagnostics_of(const fs::path& file) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  std::string text;
  for (const Diagnostic& diagnostic : workbench.validate({file, {}})) {
    text += diagnostic.text() + "\n";
  }
  return text;
}

std::string refusal_of(const fs::path& file) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = fresh_folder("refused") / "run";
  try {
    workbench.run({file, {}}, options);
  } catch (const host::InvalidExperiment& invalid) {
    std::string text;
    for (const Diagnostic& diagnostic : invalid.diagnostics()) text += diagnostic.text() + "\n";
    return text;
  }
  return "it ran";
}

/// The values of every cell of a run's evaluations, in their order, by set and prefix.
std::map<std::string, std::vector<double>> values_of(const fs::path& run) {
  std::map<std::string, std::vector<double>> values;
  for (const JsonValue& record : json_lines(run / "metrics.jsonl")) {
    if (record.get_string("record") != "evaluation") continue;
    const JsonValue cells = record.at("cells");
    for (size_t i = 0; i < cells.size(); ++i) {
      values[cells[i].get_string("set") + " " + cells[i].get_string("prefix")].push_back(
          cells[i].get_double("value"));
    }
  }
  return values;
}

std::vector<std::string> accounts_of(const fs::path& run) {
  std::vector<std::string> names;
  const JsonValue ledger = JsonValue::read(run / "ledger.json");
  const JsonValue columns = ledger.at("columns");
  for (size_t c = 0; c < columns.size(); ++c) {
    const JsonValue sets = columns[c].at("sets");
    for (size_t s = 0; s < sets.size(); ++s) {
      names.push_back(columns[c].get_string("column") + " " + sets[s].get_string("set") + " " +
                      sets[s].get_string("role"));
    }
  }
  return names;
}

TEST(PairSets, AreMeasuredTrainedOnAndClaimedAboutByColumn) {
  const fs::path run = run_once(pair_file(
      "roles: {held_out: never_positive}",
      kSuppress +
          "probes: [{type: likelihood, every: 4, rows: 4, sets: [train, held_out.rejected]}]\n"
          "claim: {set: held_out.rejected, prefix: far, phase: push, at: maximum}\n"));
  const auto values = values_of(run);
  for (const char* cell : {"train.chosen near", "train.rejected far", "held_out.rejected none",
                           "control.rejected far"}) {
    EXPECT_EQ(values.count(cell), 1) << cell;
  }
  EXPECT_EQ(values.count("held_out.chosen near"), 0);
  const JsonValue result = JsonValue::read(run / "result.json");
  EXPECT_EQ(result.get_string("verdict"), "VALID");
  EXPECT_EQ(result.at("claim").get_string("set"), "held_out.rejected");
  EXPECT_TRUE(result.at("claim").find("control_leak").has_value());
  EXPECT_EQ(result.at("ledger").get_int("protected_rows"), 8);
  EXPECT_THAT(accounts_of(run),
              ElementsAre("chosen train.chosen ordinary", "rejected train.rejected ordinary"));
}

TEST(PairSets, GiveTheNumbersOfFlatSetsOfTheSameRows) {
  const std::string phases =
      "phases:\n"
      "  - {name: learn, type: finetune, rows: {set: TRAIN_rejected, repeat: 4}}\n"
      "  - {name: push, type: suppress, objective: {type: dpo}, pairs: {chosen: {set: "
      "TRAIN_chosen, repeat: 4}, rejected: {set: TRAIN_rejected, repeat: 4}}, waive: "
      "[suppressed]}\n"
      "probes: [{type: likelihood, every: 4, rows: 4, sets: [TRAIN_chosen, TRAIN_rejected, "
      "HELD_rejected], prefixes: [near, far]}]\n";
  const auto with = [&](const std::string& train, const std::string& held) {
    std::string text = phases;
    for (const auto& [from, to] : {std::pair<std::string, std::string>{"TRAIN_", train},
                                   std::pair<std::string, std::string>{"HELD_", held}}) {
      for (size_t at = text.find(from); at != std::string::npos; at = text.find(from)) {
        text.replace(at, from.size(), to);
      }
    }
    return text;
  };
  const auto columns =
      values_of(run_once(pair_file("plain_control: true", with("train.", "held_out."))));
  const auto flat = values_of(run_once(pair_file("flat: true", with("train_", "held_out_"))));
  ASSERT_GT(columns.at("train.rejected near").size(), 4U);
  for (const char* column : {"chosen near", "chosen far", "rejected near", "rejected far"}) {
    EXPECT_EQ(columns.at(std::string("train.") + column), flat.at(std::string("train_") + column));
  }
  EXPECT_EQ(columns.at("held_out.rejected near"), flat.at("held_out_rejected near"));
}

TEST(PairSets, ProtectTheirRowsUnderWhateverNameTheyCome) {
  const std::string probes = "probes: []\n";
  const std::string refusal =
      refusal_of(pair_file("shared: true, roles: {held_out: never_positive}", kSuppress + probes));
  EXPECT_THAT(refusal, HasSubstr("row 5 of set 'train.chosen' is also in set 'held_out.rejected', "
                                 "which may never be a positive target behind prefix 'near'"));
}

TEST(PairSets, TakeARoleAColumn) {
  const std::string learn = "phases:\n  - {name: learn, type: finetune, rows: {set: held_out.";
  const std::string roles = "roles: {held_out.rejected: never_positive}";
  EXPECT_EQ(diagnostics_of(pair_file(roles, learn + "chosen, repeat: 2}}\n")), "");
  EXPECT_THAT(diagnostics_of(pair_file(roles, learn + "rejected, repeat: 2}}\n")),
              HasSubstr("rows of set 'held_out.rejected' behind prefix 'near' would be a positive "
                        "target in phase 'learn'"));
  EXPECT_THAT(diagnostics_of(
                  pair_file("roles: {held_out.neither: never_positive}", learn + "chosen, repeat: "
                                                                                 "2}}\n")),
              HasSubstr("the task has no set 'held_out.neither'"));
  EXPECT_THAT(
      diagnostics_of(pair_file("roles: {train.chosen: control}", learn + "chosen, repeat: 2}}\n")),
      HasSubstr("a column cannot be the control"));
}

TEST(PairSets, LetARoleBeginWithAPhase) {
  const std::string learn =
      "phases:\n"
      "  - {name: learn, type: finetune, rows: {set: held_out.rejected, repeat: 4}}\n"
      "  - {name: push, type: suppress, objective: {type: dpo}, pairs: {set: held_out, repeat: "
      "4}, waive: [suppressed]}\n";
  const std::string relearn =
      "  - {name: relearn, type: finetune, rows: {set: held_out.rejected, repeat: 4}}\n";
  const std::string roles = "roles: {held_out.rejected: {never_positive: {from: push}}}";
  const fs::path run = run_once(pair_file(roles, learn));
  const JsonValue ledger = JsonValue::read(run / "result.json").at("ledger");
  EXPECT_EQ(ledger.get_int("protected_rows"), 4);
  EXPECT_EQ(ledger.get_int("pushed_up_steps"), 0);
  EXPECT_THAT(diagnostics_of(pair_file(roles, learn + relearn)),
              HasSubstr("would be a positive target in phase 'relearn'"));
  EXPECT_THAT(diagnostics_of(
                  pair_file("roles: {held_out.rejected: {never_positive: {from: pushh}}}", learn)),
              HasSubstr("there is no phase 'pushh'"));
}

TEST(PairSets, AreAuditedByColumnAndFollowTheLineage) {
  const fs::path first =
      run_once(pair_file("",
                         "phases:\n  - {name: learn, type: finetune, rows: {set: "
                         "train.chosen, repeat: 2}}\ncheckpoints: {keep: phases}\n"));
  const host::Workbench workbench({{LEAKPROBE_TEST_PAIRS}, LEAKPROBE_PROGRAM});
  const Value audit = workbench.audit(first);
  ASSERT_EQ(audit.find("sets")->as_list().size(), 1U);
  EXPECT_EQ(audit.find("sets")->as_list().front().find("set")->as_string(), "train.chosen");
  const std::string refusal = refusal_of(
      pair_file("roles: {again.chosen: never_positive}",
                "phases:\n  - {name: push, type: suppress, from: {run: " + first.string() +
                    ", phase: learn}, objective: {type: dpo}, pairs: {chosen: {set: fresh.chosen}, "
                    "rejected: {set: again.chosen, repeat: 2}}}\n"));
  EXPECT_THAT(refusal, HasSubstr("of set 'train.chosen', pushed up in phase 'learn'"));
  EXPECT_THAT(refusal, HasSubstr("is in set 'again.chosen' here"));
}

TEST(PairSets, CompareWithTheSameColumnOfTheControlOrWithPlainRows) {
  const std::string probes =
      "claim: {set: train.chosen, phase: push, at: end}\nprobes: [{type: likelihood}]\n";
  const auto columns = values_of(run_once(pair_file("", kSuppress + probes)));
  EXPECT_EQ(columns.count("control.chosen near"), 1);
  const auto plain = values_of(run_once(pair_file("plain_control: true", kSuppress + probes)));
  EXPECT_EQ(plain.count("control near"), 1);
}

TEST(PairSets, AreShownRowByRowWithTheirColumn) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const Value rows =
      workbench.rows({pair_file("roles: {train.rejected: never_positive}", kSuppress), {}}, 2);
  ASSERT_EQ(rows.as_list().size(), 4U);
  std::vector<std::string> shown;
  for (const Value& row : rows.as_list()) {
    shown.push_back(row.find("set")->as_string() + " " + row.find("role")->as_string());
  }
  EXPECT_THAT(shown, ElementsAre("train.chosen ordinary", "train.chosen ordinary",
                                 "train.rejected never_positive", "train.rejected never_positive"));
  EXPECT_EQ(rows.as_list()[0].find("index")->as_integer(),
            rows.as_list()[2].find("index")->as_integer());
}

TEST(PairSets, ThatAreFreshGiveAnswersToOnePrompt) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const Value rows = workbench.rows(
      {pair_file("",
                 "phases:\n  - {name: push, type: suppress, objective: {type: dpo}, pairs: "
                 "{set: fresh, count: 8}}\n"),
       {}},
      3);
  ASSERT_EQ(rows.as_list().size(), 6U);
  for (size_t i = 0; i < 3; ++i) {
    const Value::List& chosen = rows.as_list()[i].find("tokens")->as_list();
    const Value::List& rejected = rows.as_list()[i + 3].find("tokens")->as_list();
    EXPECT_EQ(chosen[1].as_integer(), rejected[1].as_integer());
    EXPECT_EQ(chosen[2].as_integer(), rejected[2].as_integer());
  }
}

TEST(Probes, MeasureAPartOfASet) {
  const fs::path run = run_once(pair_file(
      "", kSuppress + "probes:\n"
                      "  - {type: likelihood, sets: [{set: train.chosen, items: [2, 5]}, "
                      "train.chosen]}\n"
                      "claim: {set: {set: train.chosen, items: [2, 5]}, phase: push, minus: "
                      "{set: {set: train.chosen, items: [5, 8]}}}\n"));
  const auto values = values_of(run);
  EXPECT_EQ(values.count("train.chosen[2:5] near"), 1);
  EXPECT_EQ(values.count("train.chosen[5:8] near"), 1);
  EXPECT_EQ(JsonValue::read(run / "result.json").at("claim").get_string("set"),
            "train.chosen[2:5]");
  std::map<std::string, std::vector<double>> items;
  for (const JsonValue& record : json_lines(run / "items.jsonl")) {
    std::vector<double>& values_of_cell =
        items[record.get_string("set") + " " + record.get_string("prefix")];
    values_of_cell.clear();
    const JsonValue list = record.at("values");
    for (size_t i = 0; i < list.size(); ++i) values_of_cell.push_back(list[i].as_double());
  }
  const std::vector<double>& all = items.at("train.chosen near");
  EXPECT_EQ(items.at("train.chosen[2:5] near"),
            std::vector<double>(all.begin() + 2, all.begin() + 5));
}

}  // namespace
}  // namespace leakprobe
