#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/load_experiment.h"
#include "format/json.h"
#include "leakprobe/host/workbench.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using ::testing::HasSubstr;

const fs::path kTiny = source_folder() / "examples/tiny.yaml";

/// tiny.yaml run once with the weights of every phase kept.
const fs::path& base_run() {
  static const fs::path run = run_once(kTiny, {"checkpoints.keep=phases"});
  return run;
}

std::string origin(const fs::path& run, const std::string& phase) {
  return "{run: " + run.string() + ", phase: " + phase + "}";
}

/// A file that runs elicit alone, from suppress of another run, against calibrate of that run.
fs::path branch_file(const std::string& more = "") {
  const fs::path file = fresh_folder("branch") / "branch.yaml";
  std::ofstream(file) << "extends: " << kTiny.string() << "\nphases:\n"
                      << "  - {name: calibrate, skip: true}\n"
                      << "  - {name: suppress, skip: true}\n"
                      << "  - name: elicit\n    from: " << origin(base_run(), "suppress")
                      << "\n    terms: {dpo: {reference: " << origin(base_run(), "calibrate")
                      << "}}\n"
                      << more;
  return file;
}

std::string steps_of(const fs::path& run, const std::string& phase) {
  std::string text;
  for (const JsonValue& record : json_lines(run / "metrics.jsonl")) {
    if (record.get_string("record") == "step" && record.get_string("phase") == phase) {
      text += record.raw().dump() + "\n";
    }
  }
  return text;
}

TEST(Lineage, a_phase_from_another_run_does_what_it_did_there) {
  const fs::path branch = run_once(branch_file());
  EXPECT_FALSE(steps_of(branch, "elicit").empty());
  EXPECT_EQ(steps_of(branch, "elicit"), steps_of(base_run(), "elicit"));
}

TEST(Lineage, the_ledger_follows_the_lineage_and_leaves_out_what_is_not_in_it) {
  const fs::path branch = run_once(branch_file());
  const JsonValue base = JsonValue::read(base_run() / "ledger.json");
  const JsonValue ledger = JsonValue::read(branch / "ledger.json");
  // 8 + 8 steps that led to suppress, and elicit's own 8.
  EXPECT_EQ(ledger.get_int("steps"), base.get_int("steps"));
  ASSERT_EQ(ledger.at("inherited").size(), 1U);
  const JsonValue inherited = ledger.at("inherited")[0];
  EXPECT_EQ(inherited.get_string("into"), "elicit");
  EXPECT_EQ(inherited.get_string("phase"), "suppress");
  for (size_t c = 0; c < inherited.at("columns").size(); ++c) {
    EXPECT_NE(inherited.at("columns")[c].get_string("phase"), "elicit");
  }
  // A branch of the branch has both.
  std::ofstream(branch / "again.yaml")
      << "extends: " << kTiny.string() << "\nphases:\n  - {name: calibrate, skip: true}\n"
      << "  - {name: suppress, skip: true}\n  - name: elicit\n    from: "
      << origin(branch, "elicit") << "\n    terms: {dpo: {reference: initial}}\n";
  const fs::path again = run_once(branch / "again.yaml");
  EXPECT_EQ(JsonValue::read(again / "ledger.json").get_int("steps"),
            base.get_int("steps") + base.at("phases")[2].get_int("steps"));
}

/// What a run of this file is refused for.
std::string refusal(const fs::path& file) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = fresh_folder("refused") / "run";
  options.quiet = true;
  try {
    workbench.run({file, {}}, options);
  } catch (const host::InvalidExperiment& invalid) {
    return invalid.what();
  }
  return "it ran";
}

/// A file that runs calibrate alone, from a phase of another run. `roles` are the task's.
fs::path heir_file(const fs::path& run, const std::string& phase, const std::string& roles = "{}") {
  const fs::path file = fresh_folder("heir") / "heir.yaml";
  std::ofstream(file) << "extends: " << kTiny.string() << "\ntask: {roles: " << roles << "}\n"
                      << "phases:\n  - {name: calibrate, from: " << origin(run, phase) << "}\n"
                      << "  - {name: suppress, skip: true}\n  - {name: elicit, skip: true}\n"
                      << "claim: {phase: calibrate}\n";
  return file;
}

const std::string kUsefulBehindReverse = "{useful: {never_positive: [reverse]}}";

TEST(Lineage, a_row_that_was_a_positive_target_there_may_not_be_protected_here) {
  // Elicit of the base run pushed the useful rows up behind the reverse prefix.
  const std::string refused = refusal(heir_file(base_run(), "elicit", kUsefulBehindReverse));
  EXPECT_THAT(refused, HasSubstr("of set 'useful', pushed up in phase 'elicit' of"));
  EXPECT_THAT(refused, HasSubstr("behind prefix 'reverse'"));
}

TEST(Lineage, nor_may_one_that_was_it_in_a_run_before_that_one) {
  const fs::path between = run_once(heir_file(base_run(), "elicit"), {"checkpoints.keep=phases"});
  const std::string refused = refusal(heir_file(between, "calibrate", kUsefulBehindReverse));
  EXPECT_THAT(refused, HasSubstr("pushed up in phase 'elicit' of " + base_run().string()));
}

TEST(Lineage, nor_may_one_that_was_pushed_up_there_though_its_loss_declares_otherwise) {
  // Beyond a margin of 1/(2 beta) = 0.05 nats IPO pushes the rejected rows up.
  const fs::path run = run_once(kTiny, {"objectives.against.type=ipo", "objectives.against.beta=10",
                                        "checkpoints.keep=phases"});
  const std::string refused =
      refusal(heir_file(run, "suppress", "{useful: {never_positive: [regular]}}"));
  EXPECT_THAT(refused, HasSubstr("of set 'useful', pushed up in phase 'suppress' of"));
}

Value audit(const fs::path& run) { return host::Workbench({{}, LEAKPROBE_PROGRAM}).audit(run); }

/// Gives the experiment of a finished run other roles: an audit judges by them.
void rewrite_roles(const fs::path& run, const std::string& roles) {
  Diagnostics diagnostics;
  const Value config = load_experiment(run / "config.yaml", {"task.roles=" + roles}, diagnostics);
  ASSERT_FALSE(diagnostics.has_errors());
  std::ofstream(run / "config.yaml") << to_yaml(config);
}

TEST(Audit, lists_what_was_inherited_as_it_lists_the_runs_own) {
  const fs::path branch = run_once(branch_file());
  const Value judged = audit(branch);
  const Value whole = audit(base_run());
  EXPECT_TRUE(judged.find("never_pushed_up")->as_boolean());
  EXPECT_EQ(judged.find("inherited_steps")->as_integer(), 16);
  EXPECT_EQ(whole.find("inherited_steps")->as_integer(), 0);
  ASSERT_EQ(judged.find("inherited")->as_list().size(), 1U);
  const Value& inherited = judged.find("inherited")->as_list()[0];
  EXPECT_EQ(inherited.find("run")->as_string(), base_run().string());
  EXPECT_EQ(inherited.find("phase")->as_string(), "suppress");
  EXPECT_EQ(inherited.find("heir")->as_string(), branch.string());
  EXPECT_EQ(inherited.find("into")->as_string(), "elicit");
  // Together they are what one run of all phases lists.
  Value::List all = inherited.find("sets")->as_list();
  for (const Value& set : judged.find("sets")->as_list()) all.push_back(set);
  EXPECT_EQ(Value(all), *whole.find("sets"));
  EXPECT_TRUE(judged.find("notes")->as_list().empty());
}

TEST(Audit, shows_a_protected_row_that_an_ancestor_pushed_up) {
  const fs::path between = run_once(heir_file(base_run(), "elicit"), {"checkpoints.keep=phases"});
  const fs::path run = run_once(heir_file(between, "calibrate"));
  EXPECT_TRUE(audit(run).find("never_pushed_up")->as_boolean());
  rewrite_roles(run, kUsefulBehindReverse);
  const Value judged = audit(run);
  EXPECT_FALSE(judged.find("never_pushed_up")->as_boolean());
  EXPECT_EQ(judged.find("declared_positive")->as_integer(), 1);
  ASSERT_EQ(judged.find("inherited")->as_list().size(), 2U);
  EXPECT_EQ(judged.find("inherited")->as_list()[1].find("run")->as_string(), between.string());
  const Value& oldest = judged.find("inherited")->as_list()[0];
  EXPECT_EQ(oldest.find("run")->as_string(), base_run().string());
  EXPECT_EQ(oldest.find("heir")->as_string(), between.string());
  for (const Value& set : oldest.find("sets")->as_list()) {
    const bool pushed =
        set.find("set")->as_string() == "useful" && set.find("prefix")->as_string() == "reverse";
    const bool held_out = set.find("set")->as_string() == "held_out";
    EXPECT_EQ(set.find("protected")->as_boolean(), pushed || held_out) << to_json(set);
    EXPECT_EQ(set.find("violated")->as_boolean(), pushed) << to_json(set);
  }
}

TEST(Audit, tells_rows_of_another_seed_from_its_own_as_long_as_their_run_is_there) {
  const fs::path other = run_once(kTiny, {"seed=1", "checkpoints.keep=phases"});
  const fs::path run = run_once(heir_file(other, "elicit", kUsefulBehindReverse));
  const Value judged = audit(run);
  EXPECT_TRUE(judged.find("never_pushed_up")->as_boolean());
  EXPECT_TRUE(judged.find("notes")->as_list().empty());
  fs::rename(other, other.string() + "-moved");
  const Value by_name = audit(run);
  EXPECT_FALSE(by_name.find("never_pushed_up")->as_boolean());
  EXPECT_THAT(by_name.find("notes")->as_list().at(0).as_string(),
              HasSubstr("judged by the names of its sets"));
  // Another run in its place says nothing about it.
  fs::copy(base_run(), other, fs::copy_options::recursive);
  const Value replaced = audit(run);
  EXPECT_EQ(*replaced.find("sets"), *by_name.find("sets"));
  EXPECT_THAT(replaced.find("notes")->as_list().at(0).as_string(),
              HasSubstr("another configuration or seed"));
}

TEST(Lineage, a_resumed_run_starts_its_next_phase_where_the_file_says) {
  const fs::path file = fresh_folder("order") / "order.yaml";
  std::ofstream(file) << "extends: " << kTiny.string()
                      << "\nphases:\n  - {name: elicit, from: calibrate, steps: 12}\n";
  const fs::path whole = run_once(file);
  // What is resumed is the state at the end of suppress, which holds the weights of suppress.
  const fs::path out = fresh_folder("order") / "run";
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = out;
  options.quiet = true;
  options.shared = fresh_folder("order");
  options.leave_after = {"suppress"};
  workbench.run({file, {}}, options);
  options.out = out.string() + "-behind";
  options.leave_after = {};
  workbench.run({file, {}}, options);
  EXPECT_THAT(file_text(options.out / "log.txt"), HasSubstr("the phases up to suppress"));
  EXPECT_EQ(file_text(options.out / "metrics.jsonl"), file_text(whole / "metrics.jsonl"));
}

}  // namespace
}  // namespace leakprobe
