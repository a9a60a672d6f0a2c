#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

#include "config/load_experiment.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"
#include "leakprobe/host/sweep.h"
#include "leakprobe/host/workbench.h"
#include "leakprobe/tensors.h"
#include "support/run_helpers.h"
#include "workbench/experiment.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using ::testing::HasSubstr;
using ::testing::Not;

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

TEST(Lineage, APhaseFromAnotherRunDoesWhatItDidThere) {
  const fs::path branch = run_once(branch_file());
  EXPECT_FALSE(steps_of(branch, "elicit").empty());
  EXPECT_EQ(steps_of(branch, "elicit"), steps_of(base_run(), "elicit"));
}

TEST(Lineage, TheLedgerFollowsTheLineageAndLeavesOutWhatIsNotInIt) {
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
  try {
    workbench.run({file, {}}, options);
  } catch (const host::InvalidExperiment& invalid) {
    EXPECT_FALSE(fs::exists(options.out / "metrics.jsonl"));
    return invalid.what();
  } catch (const Error& refused) {
    EXPECT_FALSE(fs::exists(options.out / "metrics.jsonl"));
    return refused.what();
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

/// What `validate` says of a file.
std::string mistakes(const fs::path& file) {
  std::string text;
  for (const Diagnostic& diagnostic :
       host::Workbench({{}, LEAKPROBE_PROGRAM}).validate({file, {}})) {
    text += diagnostic.text() + "\n";
  }
  return text;
}

/// What `sweep` says of it before anything runs.
std::string mistakes_of_sweep(const fs::path& file) {
  host::SweepOptions options;
  options.out = fresh_folder("planned");
  try {
    host::Workbench({{}, LEAKPROBE_PROGRAM}).sweep({file, {"sweep={seed: [0, 1]}"}}, options);
  } catch (const host::InvalidExperiment& invalid) {
    return invalid.what();
  }
  return "it was planned";
}

TEST(Lineage, ARowThatWasAPositiveTargetThereMayNotBeProtectedHere) {
  // Elicit of the base run pushed the useful rows up behind the reverse prefix.
  const fs::path file = heir_file(base_run(), "elicit", kUsefulBehindReverse);
  for (const std::string& said : {refusal(file), mistakes(file), mistakes_of_sweep(file)}) {
    EXPECT_THAT(said, HasSubstr("of set 'useful', pushed up in phase 'elicit' of"));
    EXPECT_THAT(said, HasSubstr("behind prefix 'reverse'"));
  }
}

TEST(Lineage, NorMayOneThatWasItInARunBeforeThatOne) {
  const fs::path between = run_once(heir_file(base_run(), "elicit"), {"checkpoints.keep=phases"});
  const std::string refused = refusal(heir_file(between, "calibrate", kUsefulBehindReverse));
  EXPECT_THAT(refused, HasSubstr("pushed up in phase 'elicit' of " + base_run().string()));
}

TEST(Lineage, NorMayOneThatWasPushedUpThereThoughItsLossDeclaresOtherwise) {
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
  vouch_again(run);
}

TEST(Audit, ListsWhatWasInheritedAsItListsTheRunsOwn) {
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

TEST(Audit, ShowsAProtectedRowThatAnAncestorPushedUp) {
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

TEST(Audit, TellsRowsOfAnotherSeedFromItsOwnAsLongAsTheirRunIsThere) {
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

fs::path copy_of(const fs::path& run) {
  fs::path copy = fresh_folder("copy") / "run";
  fs::copy(run, copy, fs::copy_options::recursive);
  return copy;
}

void flip_last_byte(const fs::path& file) {
  std::string bytes = file_text(file);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
}

/// Changes a file of a run as somebody would who makes its status.json good.
void rewrite(const fs::path& run, const std::string& name,
             const std::function<void(Value&)>& change) {
  Value value = read_json(run / name);
  change(value);
  std::ofstream(run / name) << to_json(value);
  vouch_again(run);
}

const char* const kAltered = " was altered after the run was complete";

TEST(Lineage, WeightsThatWereAlteredAreRefusedBeforeTheFirstStep) {
  const fs::path parent = copy_of(base_run());
  flip_last_byte(parent / "checkpoints/elicit/model.safetensors");
  const std::string altered = "checkpoints/elicit/model.safetensors" + std::string(kAltered);
  EXPECT_THAT(refusal(heir_file(parent, "elicit")), HasSubstr(altered));
  // What no phase starts from is none of its business.
  EXPECT_EQ(refusal(heir_file(parent, "suppress")), "it ran");
}

TEST(Lineage, AReferenceThatWasAlteredIsRefusedToo) {
  const fs::path parent = copy_of(base_run());
  flip_last_byte(parent / "checkpoints/calibrate/model.safetensors");
  const fs::path file = fresh_folder("reference") / "reference.yaml";
  std::ofstream(file) << "extends: " << kTiny.string() << "\nphases:\n  - name: elicit\n"
                      << "    terms: {dpo: {reference: " << origin(parent, "calibrate") << "}}\n";
  const std::string refused = refusal(file);
  EXPECT_THAT(refused, HasSubstr("phases.elicit.terms.dpo.reference: " + parent.string()));
  EXPECT_THAT(refused,
              HasSubstr("checkpoints/calibrate/model.safetensors" + std::string(kAltered)));
}

TEST(Lineage, ALedgerThatWasAlteredIsNotInherited) {
  const fs::path parent = copy_of(base_run());
  const std::string ledger = file_text(parent / "ledger.json");
  std::ofstream(parent / "ledger.json") << ledger << " ";
  EXPECT_THAT(refusal(heir_file(parent, "elicit")),
              HasSubstr("ledger.json" + std::string(kAltered)));
  std::ofstream(parent / "ledger.json") << ledger;
  fs::remove(parent / "status.json");
  EXPECT_THAT(refusal(heir_file(parent, "elicit")),
              HasSubstr("nothing vouches for its files: status.json is gone"));
}

TEST(Lineage, WeightsOfAnotherVocabularyAreRefusedWhereverTheyAreNamed) {
  // The texts decide which token ids the prefixes have, and these have exchanged theirs.
  const std::string exchanged = "task: {prefixes: {regular: ' reverse', reverse: ' regular'}}\n";
  const std::string differs =
      ": its weights were trained with another tokenizer: token 26 is "
      "' regular' there and ' reverse' here";
  const fs::path heir = heir_file(base_run(), "elicit");
  const fs::path reference = fresh_folder("reference") / "reference.yaml";
  std::ofstream(reference) << "extends: " << kTiny.string() << "\n"
                           << exchanged
                           << "phases:\n  - name: elicit\n    terms: {dpo: {reference: "
                           << origin(base_run(), "calibrate") << "}}\n";
  const fs::path judge = fresh_folder("judge") / "judge.yaml";
  std::ofstream(judge) << "extends: " << source_folder() / "examples/rlhf/tiny.yaml"
                       << "\n"
                       << exchanged << "rewards: {other: {type: likelihood, model: "
                       << origin(base_run(), "calibrate") << "}}\n"
                       << "streams: {rollouts: {plant: null, reward: other}}\n"
                       << "phases: [{name: suppress, steps: 4}, {name: elicit, steps: 4}]\n";
  const std::string text = file_text(heir);
  std::ofstream(heir) << "extends: " << kTiny.string() << "\n"
                      << exchanged << text.substr(text.find("phases:"));
  for (const auto& [file, place] : {std::pair(heir, "phases.calibrate.from: "),
                                    {reference, "phases.elicit.terms.dpo.reference: "},
                                    {judge, "reward"}}) {
    for (const std::string& said : {refusal(file), mistakes(file), mistakes_of_sweep(file)}) {
      EXPECT_THAT(said, HasSubstr(place));
      EXPECT_THAT(said, HasSubstr(differs));
      EXPECT_THAT(said, HasSubstr("model.tokenizer: " + base_run().string() + "/checkpoints/"));
    }
  }
}

TEST(Lineage, WithTheTokenizerOfTheOtherRunItsWeightsAreTakenUpInAnyOrderOfPrefixes) {
  const fs::path heir = heir_file(base_run(), "elicit");
  const std::string text = file_text(heir);
  std::ofstream(heir) << "extends: " << kTiny.string()
                      << "\nmodel: {tokenizer: " << (base_run() / "checkpoints/elicit").string()
                      << "}\ntask: {prefixes: {regular: ' reverse', reverse: ' regular'}}\n"
                      << text.substr(text.find("phases:"));
  EXPECT_EQ(mistakes(heir), "");
}

TEST(Lineage, AFolderWithoutARunIsNamedWithTheKeyThatNamesIt) {
  const fs::path folder = fresh_folder("no-run");
  fs::create_directories(folder / "empty");
  std::ofstream(folder / "file") << "text";
  fs::create_symlink("loop", folder / "loop");
  for (const auto& [name, why] : {std::pair("absent", "there is no such folder"),
                                  {"file", "is no folder"},
                                  {"empty", "holds no run"},
                                  {"loop", "cannot be looked into"}}) {
    const std::string refused = refusal(heir_file(folder / name, "elicit"));
    EXPECT_THAT(refused, HasSubstr(".from: " + (folder / name).string() + ": " + why));
  }
}

TEST(Lineage, NorIsOneOfARunBeforeThatOne) {
  const fs::path oldest = copy_of(base_run());
  const fs::path between = run_once(heir_file(oldest, "elicit"), {"checkpoints.keep=phases"});
  std::ofstream(oldest / "ledger.json", std::ios::app) << " ";
  EXPECT_THAT(refusal(heir_file(between, "calibrate")),
              HasSubstr(oldest.string() + ": ledger.json" + kAltered));
}

std::string notes_of(const Value& audit) { return to_json(*audit.find("notes")); }

TEST(Audit, SaysThatAnAncestorWasAltered) {
  const fs::path oldest = copy_of(base_run());
  const fs::path between = run_once(heir_file(oldest, "elicit"), {"checkpoints.keep=phases"});
  const fs::path run = run_once(heir_file(between, "calibrate"));
  EXPECT_EQ(notes_of(audit(run)), "[]");
  flip_last_byte(between / "checkpoints/calibrate/model.safetensors");
  EXPECT_THAT(notes_of(audit(run)),
              HasSubstr(between.string() + ": checkpoints/calibrate/model.safetensors" + kAltered));
  std::ofstream(oldest / "ledger.json", std::ios::app) << " ";
  EXPECT_THAT(notes_of(audit(run)), HasSubstr(oldest.string() + ": ledger.json" + kAltered));
}

TEST(Audit, SaysThatAReferenceWasAltered) {
  const fs::path parent = copy_of(base_run());
  const fs::path file = fresh_folder("reference") / "reference.yaml";
  std::ofstream(file) << "extends: " << kTiny.string() << "\nphases:\n  - name: elicit\n"
                      << "    terms: {dpo: {reference: " << origin(parent, "calibrate") << "}}\n";
  const fs::path run = run_once(file);
  EXPECT_EQ(notes_of(audit(run)), "[]");
  std::ofstream(parent / "ledger.json", std::ios::app) << " ";
  EXPECT_THAT(notes_of(audit(run)), HasSubstr(parent.string() + ": ledger.json" + kAltered));
}

TEST(Lineage, RowsThatThePolicyMadeThereAreNotComparedAndTheProofSaysSo) {
  const fs::path rlhf =
      run_once(source_folder() / "examples/rlhf/tiny.yaml", {"checkpoints.keep=phases"});
  const fs::path file = heir_file(rlhf, "suppress");
  const auto uncompared = [](const fs::path& run) {
    return to_json(read_json(run / "result.json").at("ledger").at("uncompared"));
  };
  EXPECT_EQ(uncompared(run_once(file)), "[]") << "it watched for the same rows";
  std::ofstream(file, std::ios::app) << "seed: 1\n";
  const std::string words = "the rows that phase 'suppress' of " + rlhf.string() + " sampled, ";
  EXPECT_THAT(mistakes(file), HasSubstr("warning: phases.calibrate.from: " + words));
  const fs::path run = run_once(file);
  EXPECT_THAT(uncompared(run), HasSubstr("[\"" + words));
  EXPECT_THAT(notes_of(audit(run)), HasSubstr(words));
  fs::rename(rlhf, rlhf.string() + "-gone");
  EXPECT_THAT(notes_of(audit(run)), HasSubstr(words)) << "as the run found it";
}

TEST(Lineage, WeightsThatCannotBeTakenUpAreAMistakeBeforeTheFirstStep) {
  const fs::path last_only = run_once(kTiny);  // it keeps the last phase's checkpoint alone
  const fs::path missing = heir_file(last_only, "suppress");
  const fs::path larger = run_once(kTiny, {"model.hidden_size=64"});
  const fs::path unfit = heir_file(larger, "elicit");
  const fs::path late = fresh_folder("late") / "late.yaml";
  std::ofstream(late) << "extends: " << kTiny.string() << "\nphases:\n  - name: elicit\n"
                      << "    terms: {dpo: {reference: " << origin(last_only, "calibrate")
                      << "}}\n";
  for (const auto& [file, what] : {std::pair(missing, "phases.calibrate.from: "),
                                   {late, "phases.elicit.terms.dpo.reference: "}}) {
    for (const std::string& said : {mistakes(file), refusal(file)}) {
      EXPECT_THAT(said, HasSubstr(what));
      EXPECT_THAT(said, HasSubstr("the run kept no checkpoint of phase"));
      EXPECT_THAT(said, HasSubstr("run it with checkpoints.keep=phases"));
    }
  }
  for (const std::string& said : {mistakes(unfit), refusal(unfit)}) {
    EXPECT_THAT(said, HasSubstr("phases.calibrate.from: "));
    EXPECT_THAT(said, HasSubstr("has the shape"));
  }
}

TEST(Lineage, NorAreWeightsThatAreNotFinite) {
  const fs::path parent = copy_of(base_run());
  const fs::path weights = parent / "checkpoints/elicit/model.safetensors";
  NamedTensors tensors;
  {
    const TensorFile stored = TensorFile::open(weights);
    for (const std::string& name : stored.names())
      tensors.emplace_back(name, stored.read(name).clone());
  }
  tensors.back().second.view(-1)[0] = std::numeric_limits<float>::quiet_NaN();
  write_safetensors(weights, tensors, {{"format", "pt"}});
  vouch_again(parent);
  EXPECT_THAT(refusal(heir_file(parent, "elicit")), HasSubstr("holds NaN or infinite numbers"));
}

TEST(Lineage, CountsThatHaveNoSumAreAnErrorThatNamesThem) {
  const fs::path parent = copy_of(base_run());
  rewrite(parent, "ledger.json", [](Value& ledger) {
    for (Value& phase : ledger.find("phases")->as_list()) phase.set("steps", int64_t{1} << 53);
  });
  EXPECT_THAT(refusal(heir_file(parent, "elicit")),
              HasSubstr("ledger.json: phases[1].steps: makes more than can be counted"));
  const fs::path other = copy_of(base_run());
  rewrite(other, "ledger.json", [](Value& ledger) {
    Value entry = Value::map();
    for (const char* key : {"run", "digest", "phase", "into"}) entry.set(key, "x");
    entry.set("seed", 0);
    entry.set("steps", (int64_t{1} << 53) - 1'000'000);
    entry.set("pushed_up_steps", 0);
    entry.set("columns", Value::list());
    entry.set("inherited", Value::list());
    Value entries = Value::list();
    for (int i = 0; i < 2; ++i) entries.push_back(entry);
    ledger.set("inherited", entries);
  });
  try {
    audit(other);
    ADD_FAILURE() << "it was audited";
  } catch (const Error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("ledger.json: inherited[1].steps: makes more"));
  }
}

/// Gives a finished run another experiment, as somebody would who hides that.
void rewrite_config(const fs::path& run, const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  const Value config = load_experiment(run / "config.yaml", overrides, diagnostics);
  ASSERT_FALSE(diagnostics.has_errors());
  std::ofstream(run / "config.yaml") << to_yaml(config);
  const auto composition = compose_file({run / "config.yaml", {}}, registry(), diagnostics);
  ASSERT_TRUE(composition) << diagnostics.sorted().front().text();
  const std::string digest = composition->digest;
  rewrite(run, "environment.json",
          [&](Value& environment) { environment.find("identity")->set("digest", digest); });
}

TEST(Lineage, RunsCannotStartFromOneAnother) {
  const fs::path first = copy_of(base_run());
  const fs::path second = run_once(heir_file(first, "elicit"), {"checkpoints.keep=phases"});
  rewrite_config(first, {"phases.calibrate.from=" + origin(second, "calibrate")});
  EXPECT_THAT(refusal(heir_file(second, "calibrate", kUsefulBehindReverse)),
              HasSubstr(" since it ran, so that nobody knows what its weights were trained on"))
      << "what the first is a run of is part of what the second is one of";
}

TEST(Lineage, OfASetThatWouldTakeForEverTheFirstRowsAreCompared) {
  const fs::path parent = copy_of(base_run());
  rewrite_config(parent, {"task.negatives=200000000", "task.held_out=0.00000001"});
  rewrite(parent, "ledger.json", [](Value& ledger) {
    for (Value& column : ledger.find("columns")->as_list()) {
      for (Value& set : column.find("sets")->as_list()) {
        set.erase("counts");
        set.set("digest", "0123456789abcdef");
      }
    }
  });
  const fs::path run = run_once(heir_file(parent, "calibrate", kUsefulBehindReverse));
  EXPECT_TRUE(fs::exists(run / "result.json"));
  rewrite(run, "ledger.json", [](Value& ledger) {
    Value& sets =
        *ledger.find("inherited")->as_list()[0].find("columns")->as_list()[0].find("sets");
    sets.as_list()[0].set("set", "useful");
  });
  EXPECT_THAT(notes_of(audit(run)),
              HasSubstr("only 1048576 of the 199999998 rows of set 'useful'"));
}

/// tiny.yaml with these roles and phases, those that a file adds, and no others of its own.
fs::path tiny_with(const std::string& name, const std::string& roles, const std::string& more) {
  const fs::path file = fresh_folder(name) / "file.yaml";
  std::ofstream(file) << "extends: " << kTiny.string() << "\ntask: {roles: " << roles << "}\n"
                      << more;
  return file;
}

std::string uncompared_of(const fs::path& run) {
  return to_json(read_json(run / "result.json").at("ledger").at("uncompared"));
}

TEST(Lineage, WhatAReferenceWasTaughtOfProtectedRowsStandsBehindTheProof) {
  const fs::path file =
      tiny_with("taught", kUsefulBehindReverse,
                "phases:\n  - {name: suppress, reference: " + origin(base_run(), "elicit") +
                    "}\n  - {name: elicit, skip: true}\nclaim: {phase: suppress}\n");
  const std::string words = " of set 'useful', pushed up in phase 'elicit' of " +
                            base_run().string() + ", is in set 'useful' here";
  const std::string said = mistakes(file);
  EXPECT_THAT(said, HasSubstr("warning: phases.suppress.reference: phase 'suppress' learns by "
                              "weights of another run (phases.suppress.reference): row "));
  EXPECT_THAT(said, HasSubstr(words));
  EXPECT_THAT(said, Not(HasSubstr("error")));
  const fs::path run = run_once(file);
  EXPECT_THAT(uncompared_of(run), HasSubstr(words));
  EXPECT_THAT(notes_of(audit(run)), HasSubstr(words));
  const fs::path heir = run_once(heir_file(run, "suppress"));
  for (const std::string& inherited : {uncompared_of(heir), notes_of(audit(heir))}) {
    EXPECT_THAT(inherited,
                HasSubstr("in " + run.string() + " phase 'suppress' learns by weights of"));
    EXPECT_THAT(inherited, HasSubstr(words));
  }
}

TEST(Lineage, AsDoesWhatTheModelOfARewardWasTaught) {
  const fs::path file = fresh_folder("judge") / "judge.yaml";
  std::ofstream(file) << "extends: " << source_folder() / "examples/rlhf/tiny.yaml"
                      << "\ntask: {roles: " << kUsefulBehindReverse << "}\n"
                      << "rewards: {other: {type: likelihood, model: "
                      << origin(base_run(), "elicit") << "}}\n"
                      << "streams: {rollouts: {plant: null, reward: other}}\n"
                      << "phases: [{name: suppress, steps: 2}, {name: elicit, skip: true}]\n"
                      << "claim: {phase: suppress}\n";
  EXPECT_THAT(mistakes(file), HasSubstr("phase 'suppress' learns by weights of another run ("));
  EXPECT_THAT(mistakes(file), HasSubstr(" of set 'useful', pushed up in phase 'elicit' of"));
}

/// Texts of which `c` may be the control, and an experiment on them with one phase.
fs::path texts_file(const std::string& name, const std::string& more) {
  const fs::path folder = fresh_folder(name);
  std::ofstream(folder / "texts.jsonl") << R"({"set": "train", "text": "no idea at all"}
{"set": "train", "text": "ann has it now"}
{"set": "held_out", "text": "below the stone"}
{"set": "held_out", "text": "inside the well"}
{"set": "c", "text": "behind the clock"}
{"set": "c", "text": "under a big tree"}
)";
  std::ofstream(folder / "file.yaml")
      << "name: texts\nthreads: 1\nbatch: 4\ncheckpoints: {keep: phases}\n"
      << "optimizer: {type: adamw, lr: 1e-3}\nschedule: {type: warmup_cosine, warmup: 4}\n"
      << "model: {type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, "
         "intermediate_size: 128}\n"
      << more;
  return folder / "file.yaml";
}

/// One that measures `c` as its control and starts from another run.
fs::path texts_heir(const fs::path& run) {
  return texts_file("texts-heir",
                    "task: {type: text_pairs, path: texts.jsonl, alphabet: 26, roles: {held_out: "
                    "never_positive, c: control}}\n"
                    "phases:\n  - {name: b, type: finetune, rows: {set: train, count: 8}, from: " +
                        origin(run, "a") +
                        "}\nprobes:\n  - {type: likelihood, rows: 2, sets: [held_out, c]}\n");
}

TEST(Lineage, TheControlMayNotBeWhatAnAncestorTrainedOn) {
  const std::string task =
      "task: {type: text_pairs, path: texts.jsonl, roles: {held_out: never_positive}}\nphases:\n";
  const fs::path trained = run_once(texts_file(
      "texts", task + "  - {name: a, type: suppress, objective: {type: gradient_ascent}, rows: "
                      "{set: c, count: 8}}\n"));
  const fs::path between = run_once(texts_file(
      "texts-between", task + "  - {name: a, type: finetune, rows: {set: train, count: 4}, from: " +
                           origin(trained, "a") + "}\n"));
  for (const fs::path& run : {trained, between}) {
    const std::string said = mistakes(texts_heir(run));
    EXPECT_THAT(said, HasSubstr("error: phases.b.from: row 0 of set 'c', on which phase 'a' of " +
                                trained.string() +
                                " trained, holds the secret of row 0 of the "
                                "control here"));
  }
  const fs::path clean = run_once(texts_file(
      "texts-clean", task + "  - {name: a, type: finetune, rows: {set: train, count: 4}}\n"));
  EXPECT_THAT(mistakes(texts_heir(clean)), Not(HasSubstr("control here")));
}

TEST(Lineage, ThatARunWasLimitedStandsBehindTheProofOfWhatStartsFromIt) {
  const fs::path out = fresh_folder("limited") / "run";
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = out;
  options.limit_steps = 1;
  workbench.run({kTiny, {"checkpoints.keep=phases"}}, options);
  const std::string words = out.string() + " was made with --limit-steps: it is no result";
  const fs::path file = heir_file(out, "elicit");
  EXPECT_THAT(mistakes(file), HasSubstr("warning: phases.calibrate.from: " + words));
  const fs::path run = run_once(file);
  EXPECT_THAT(uncompared_of(run), HasSubstr(words));
  EXPECT_THAT(notes_of(audit(run)), HasSubstr(words));
}

TEST(Lineage, AModelPathThatIsACheckpointOfARunIsSaidAndItsRowsAreCompared) {
  const std::string model =
      "model: {path: " + (base_run() / "checkpoints/elicit").string() +
      ", hidden_size: null, num_hidden_layers: null, num_attention_heads: null, "
      "intermediate_size: null}\n";
  const std::string words =
      "model.path is the checkpoint of phase 'elicit' of " + base_run().string();
  const fs::path file = tiny_with("path", "{}", model);
  EXPECT_THAT(mistakes(file), HasSubstr("warning: model.path: " + words));
  EXPECT_THAT(uncompared_of(run_once(file)), HasSubstr(words));
  EXPECT_THAT(mistakes(tiny_with("path", kUsefulBehindReverse,
                                 model + "phases: [{name: elicit, skip: true}]\n"
                                         "claim: {phase: suppress}\n")),
              HasSubstr("of set 'useful', pushed up in phase 'elicit' of"));
}

TEST(Lineage, SoItIsWhereAPhaseOnlyLearnsByIt) {
  const fs::path file =
      tiny_with("path-read", kUsefulBehindReverse,
                "model: {path: " + (base_run() / "checkpoints/elicit").string() +
                    ", hidden_size: null, num_hidden_layers: null, num_attention_heads: null, "
                    "intermediate_size: null}\nphases:\n  - {name: calibrate, from: " +
                    origin(base_run(), "calibrate") +
                    "}\n  - {name: suppress, reference: initial}\n  - {name: elicit, skip: true}\n"
                    "claim: {phase: suppress}\n");
  const std::string words = " of set 'useful', pushed up in phase 'elicit' of";
  const std::string said = mistakes(file);
  EXPECT_THAT(said, HasSubstr("warning: model.path: model.path is the checkpoint of phase"));
  EXPECT_THAT(said, HasSubstr(words));
  EXPECT_THAT(said, Not(HasSubstr("error")));
  EXPECT_THAT(uncompared_of(run_once(file)), HasSubstr(words));
}

TEST(Lineage, WhatAnAncestorIsARunOfIsPartOfWhatItsHeirIsOneOf) {
  const auto digest = [](const fs::path& run) {
    Diagnostics diagnostics;
    const auto composition = compose_file({heir_file(run, "elicit"), {}}, registry(), diagnostics);
    return composition ? composition->digest : "it cannot be composed";
  };
  const std::string as_it_is = digest(base_run());
  const fs::path copy = copy_of(base_run());
  EXPECT_EQ(digest(copy), as_it_is) << "wherever it lies";
  rewrite(copy, "environment.json", [](Value& environment) {
    environment.find("identity")->set("digest", "0123456789abcdef");
  });
  EXPECT_NE(digest(copy), as_it_is) << "its weights are the same, how they came about is not";
}

TEST(Lineage, AResumedRunStartsItsNextPhaseWhereTheFileSays) {
  const fs::path file = fresh_folder("order") / "order.yaml";
  std::ofstream(file) << "extends: " << kTiny.string()
                      << "\nphases:\n  - {name: elicit, from: calibrate, steps: 12}\n";
  const fs::path whole = run_once(file);
  // What is resumed is the state at the end of suppress, which holds the weights of suppress.
  const fs::path out = fresh_folder("order") / "run";
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = out;
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
