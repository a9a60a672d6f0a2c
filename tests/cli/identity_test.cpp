// What decides a run's numbers is in its identity, and nothing else: run, --resume, sweep and
// report agree on what is still the same and say what is not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "leakprobe/host/workbench.h"
#include "program.h"
#include "run_folders.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// Two phases on rows from a file.
std::string experiment(const std::string& more = "") {
  return "name: data\n"
         "threads: 1\n"
         "model: {type: llama, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, "
         "intermediate_size: 32, vocab_size: 50}\n"
         "task: {type: token_rows, path: rows.safetensors, prefix_length: 1, alphabet: 50}\n"
         "schedule: {type: constant}\n"
         "batch: 4\n"
         "phases:\n"
         "  - {name: a, type: finetune, rows: {set: a, repeat: 2}}\n"
         "  - {name: b, type: finetune, rows: {set: late, repeat: 1}}\n"
         "probes:\n"
         "  - {type: likelihood, every: 500, rows: 16, sets: [a]}\n" +
         more;
}

class Identity : public ::testing::Test {
 protected:
  Identity() {
    fs::create_directory(project_);
    put("rows/rows.safetensors", "rows.safetensors");
    file_ = write("run.yaml", experiment());
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(project_ / name, std::ios::binary) << text;
    return (project_ / name).string();
  }
  void put(const std::string& fixture, const std::string& name) const {
    fs::copy_file(fixture_path(fixture), project_ / name, fs::copy_options::overwrite_existing);
    fs::permissions(project_ / name, fs::perms::owner_all);
  }
  std::string out(const std::string& name = "r") const { return (project_ / name).string(); }
  Ended run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"run", file_, "--quiet"});
    return leakprobe(arguments);
  }
  Ended sweep(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {"sweep", file_, "sweep={seed: [0, 1]}", "--out", out("s")});
    return leakprobe(arguments);
  }
  std::string digest(std::vector<std::string> overrides = {}) const {
    overrides.insert(overrides.begin(), {"resolve", file_, "--json"});
    const Ended ended = leakprobe(overrides);
    EXPECT_EQ(ended.status, 0) << ended.err;
    return json_of(ended).find("digest")->as_string();
  }
  /// Leaves a run that was interrupted within phase a, which is long.
  void interrupt(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"run", file_, "--quiet", kLong, "--out", out()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Running running(arguments);
    while (!fs::exists(fs::path(out()) / "status.json")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    running.signal(SIGTERM);
    ASSERT_EQ(running.wait(), 75);
  }
  Ended resume() const { return run({kLong, "--out", out(), "--resume"}); }

  static constexpr const char* kLong = "phases.a.rows.repeat=300";
  TemporaryFolder folder_;
  fs::path project_ = folder_.path() / "one";
  std::string file_;
};

TEST_F(Identity, RowsThatChangedBehindTheirPathAreAnotherRun) {
  const std::string before = digest();
  ASSERT_NE(run({"--out", out()}).status, 1);
  put("rows/other.safetensors", "rows.safetensors");
  EXPECT_NE(digest(), before);
  const Ended again = run({"--out", out()});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.err, HasSubstr("holds a finished run, but task.path (rows.safetensors) has "
                                   "changed since it began; choose another --out or replace it "
                                   "with --fresh"));
  put("rows/rows.safetensors", "rows.safetensors");
  EXPECT_EQ(digest(), before);
  EXPECT_THAT(run({"--out", out()}).out, HasSubstr("complete already"));
}

TEST_F(Identity, ReportDoesNotPoolRunsOfDifferentRows) {
  ASSERT_NE(run({"--out", out("r/1")}).status, 1);
  put("rows/other.safetensors", "rows.safetensors");
  ASSERT_NE(run({"--out", out("r/2")}).status, 1);
  const Value report = json_of(leakprobe({"report", out(), "--no-figures", "--json"}));
  const Value::List& groups = report.find("groups")->as_list();
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0].find("label")->as_string(), HasSubstr("task.path=rows.safetensors ("));
  EXPECT_NE(groups[0].find("label")->as_string(), groups[1].find("label")->as_string());
}

TEST_F(Identity, ASweepIsStaleWhereItsRowsChangedAndDoesThemAgain) {
  ASSERT_NE(sweep({"--quiet"}).status, 1);
  EXPECT_EQ(json_of(sweep({"--list", "--json"})).find("complete")->as_integer(), 2);
  put("rows/other.safetensors", "rows.safetensors");
  const Value planned = json_of(sweep({"--list", "--json"}));
  for (const Value& point : planned.find("points")->as_list()) {
    EXPECT_EQ(point.find("state")->as_string(), "stale");
    EXPECT_THAT(point.find("note")->as_string(),
                HasSubstr("task.path (rows.safetensors) has changed since "));
  }
  const Value outcome = json_of(sweep({"--json", "--quiet"}));
  for (const Value& done : outcome.find("runs")->as_list()) {
    EXPECT_FALSE(done.find("existed")->as_boolean());
  }
  EXPECT_EQ(json_of(sweep({"--list", "--json"})).find("complete")->as_integer(), 2);
}

TEST_F(Identity, ResumeGoesOnWithTheSameRowsAlone) {
  interrupt();
  put("rows/other.safetensors", "rows.safetensors");
  const Ended refused = resume();
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("cannot resume: it holds an unfinished run, but task.path "
                                     "(rows.safetensors) has changed since it began; put it back"));
  put("rows/rows.safetensors", "rows.safetensors");
  EXPECT_NE(resume().status, 1);
}

TEST_F(Identity, AModelsFilesAreInItAsFarAsTheyAreRead) {
  fs::copy(fixture_path("models/llama_gqa_tied"), project_ / "model");
  file_ = write("model.yaml",
                "name: data\nthreads: 1\nmodel: {type: llama, path: model}\n"
                "task: {type: token_rows, path: rows.safetensors}\nbatch: 4\n"
                "phases: [{name: a, type: finetune, rows: {set: a, repeat: 1}}]\n");
  const std::string before = digest();
  write("model/README.md", "of no importance");
  write("model/pytorch_model.bin", "nor this");
  EXPECT_EQ(digest(), before);
  std::string weights = read_text(project_ / "model/model.safetensors");
  weights[weights.size() - 2] ^= 1;
  write("model/model.safetensors", weights);
  EXPECT_NE(digest(), before);
  weights[weights.size() - 2] ^= 1;
  write("model/model.safetensors", weights);
  EXPECT_EQ(digest(), before);
  write("model/config.json", read_text(project_ / "model/config.json") + " ");
  EXPECT_NE(digest(), before);
  const std::string changed = digest();
  fs::rename(project_ / "model", project_ / "elsewhere");
  EXPECT_EQ(digest({"model.path=" + out("elsewhere")}), changed);
}

TEST_F(Identity, ARenamedProjectGoesOnWithItsRuns) {
  ASSERT_NE(run({kLong, "--out", out("whole")}).status, 1);
  ASSERT_NE(sweep({"--quiet"}).status, 1);
  const std::string before = digest();
  interrupt();
  fs::rename(project_, folder_.path() / "two");
  project_ = folder_.path() / "two";
  file_ = out("run.yaml");
  EXPECT_EQ(digest(), before);
  EXPECT_EQ(digest({"task.path=" + out("./rows.safetensors")}), before);
  const Ended resumed = resume();
  EXPECT_NE(resumed.status, 1) << resumed.err;
  EXPECT_EQ(read_text(project_ / "r/metrics.jsonl"), read_text(project_ / "whole/metrics.jsonl"));
  EXPECT_THAT(run({kLong, "--out", out("whole")}).out, HasSubstr("complete already"));
  EXPECT_EQ(json_of(sweep({"--list", "--json"})).find("complete")->as_integer(), 2);
}

TEST_F(Identity, APhaseFromAnotherRunCountsByItsWeights) {
  ASSERT_NE(run({"--out", out("base"), "checkpoints.keep=phases"}).status, 1);
  const std::string base = file_;
  file_ = write("heir.yaml", experiment() + "claim: null\n");
  const std::string from = "phases.a.from={run: " + out("base") + ", phase: b}";
  const std::string before = digest({from});
  fs::rename(out("base"), out("moved"));
  const std::string moved = "phases.a.from={run: " + out("moved") + ", phase: b}";
  EXPECT_EQ(digest({moved}), before);
  const std::string weights = "moved/checkpoints/b/model.safetensors";
  std::string bytes = read_text(project_ / weights);
  bytes[bytes.size() - 2] ^= 1;
  write(weights, bytes);
  const Ended altered = leakprobe({"resolve", file_, moved});
  EXPECT_EQ(altered.status, 2);
  EXPECT_THAT(altered.err, HasSubstr("checkpoints/b/model.safetensors was altered"));
  const std::string heir = std::exchange(file_, base);
  ASSERT_NE(run({"--out", out("other"), "checkpoints.keep=phases", "seed=7"}).status, 1);
  file_ = heir;
  EXPECT_NE(digest({"phases.a.from={run: " + out("other") + ", phase: b}"}), before);
}

TEST_F(Identity, WeightsThatWereAlteredAreNotScoredWithUnderAnyName) {
  ASSERT_NE(run({"--out", out(), "checkpoints.keep=phases"}).status, 1);
  const std::string rows = (project_ / "rows.safetensors").string() + ":a";
  fs::create_symlink(out("r/checkpoints/a"), project_ / "alias");
  const std::vector<std::string> names = {out(), out("r/checkpoints/a"),
                                          out("r/checkpoints/a/model.safetensors"), out("alias")};
  for (const std::string& name : names) {
    EXPECT_EQ(leakprobe({"score", name, "--rows", rows}).status, 0) << name;
  }
  std::string bytes = read_text(project_ / "r/checkpoints/a/model.safetensors");
  bytes[bytes.size() - 2] ^= 1;
  write("r/checkpoints/a/model.safetensors", bytes);
  for (const std::string& name : names) {
    const Ended altered = leakprobe({"score", name, "--rows", rows});
    EXPECT_NE(altered.status, 0) << name;
    EXPECT_THAT(altered.err, HasSubstr("checkpoints/a/model.safetensors was altered")) << name;
  }
}

TEST_F(Identity, WeightsThatARunDidNotWriteAreNotReadFromItsCheckpoints) {
  ASSERT_NE(run({"--out", out(), "checkpoints.keep=phases"}).status, 1);
  const fs::path checkpoint = fs::path(out()) / "checkpoints/a";
  const std::string rows = (project_ / "rows.safetensors").string() + ":a";
  const auto score = [&] { return leakprobe({"score", checkpoint, "--rows", rows}); };
  std::ofstream(checkpoint / "notes.txt") << "mine";
  EXPECT_EQ(score().status, 0) << "whatever else lies there";
  fs::rename(checkpoint / "model.safetensors", checkpoint / "other.safetensors");
  write("r/checkpoints/a/model.safetensors.index.json", "{}");
  const Ended foreign = score();
  EXPECT_EQ(foreign.status, 1);
  EXPECT_THAT(foreign.err,
              HasSubstr("checkpoints/a/model.safetensors.index.json and "
                        "checkpoints/a/other.safetensors are not listed in status.json"));
}

TEST_F(Identity, ARunDoesNotBeginFromWhatItWouldReplace) {
  ASSERT_NE(run({"--out", out(), "checkpoints.keep=phases"}).status, 1);
  const std::string before = read_text(fs::path(out()) / "result.json");
  std::string by_path = experiment();
  const size_t model = by_path.find("model: {");
  by_path.replace(model, by_path.find('\n', model) - model,
                  "model: {type: llama, path: " + out("r/checkpoints/a") + "}");
  const std::string from = "phases.a.from={run: " + out() + ", phase: b}";
  for (const std::vector<std::string>& source :
       {std::vector<std::string>{write("by_path.yaml", by_path)}, {file_, from}}) {
    std::vector<std::string> arguments = {"run", "--out", out(), "--fresh"};
    arguments.insert(arguments.end(), source.begin(), source.end());
    const Ended ended = leakprobe(arguments);
    EXPECT_EQ(ended.status, 2) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("leads into the run's own folder, " + out()));
    EXPECT_EQ(read_text(fs::path(out()) / "result.json"), before);
  }
}

/// Makes a run look as if one of its plugins had been another when it began.
void exchange_plugin(const fs::path& run, const std::string& library) {
  const fs::path file = run / "environment.json";
  Value environment = host::parse_json(read_text(file), "environment");
  environment.find("identity")->find("plugins")->set(library, "another");
  std::ofstream(file) << to_json(environment);
}

TEST_F(Identity, ARebuiltPluginIsNamedByRunAndResume) {
  ASSERT_NE(run({"--out", out()}).status, 1);
  exchange_plugin(out(), "finetune.so");
  vouch_again(out());
  const Ended again = run({"--out", out()});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.err, HasSubstr("holds a finished run, but plugin finetune.so has changed"));
  fs::remove_all(out());
  interrupt();
  exchange_plugin(out(), "finetune.so");
  const std::string environment = read_text(fs::path(out()) / "environment.json");
  const Ended refused = resume();
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("cannot resume"));
  EXPECT_THAT(refused.err, HasSubstr("plugin finetune.so has changed"));
  EXPECT_EQ(read_text(fs::path(out()) / "environment.json"), environment);
}

TEST_F(Identity, PluginsThatAreNotInUseDoNotCount) {
  ASSERT_NE(run({"--out", out()}).status, 1);
  EXPECT_THAT(read_text(fs::path(out()) / "environment.json"), HasSubstr("\"dpo.so\""));
  const Value environment =
      host::parse_json(read_text(fs::path(out()) / "environment.json"), "environment");
  EXPECT_EQ(environment.find("identity")->find("plugins")->find("dpo.so"), nullptr);
  EXPECT_NE(environment.find("identity")->find("plugins")->find("finetune.so"), nullptr);
  EXPECT_EQ(environment.find("identity")->find("plugins")->find("jsonl.so"), nullptr);
}

TEST_F(Identity, ReportDoesNotPoolRunsOfDifferentBuildsUnlessAskedTo) {
  ASSERT_NE(run({"--out", out("r/1")}).status, 1);
  ASSERT_NE(run({"--out", out("r/2"), "seed=1"}).status, 1);
  const auto groups = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"report", out(), "--no-figures", "--json"});
    return json_of(leakprobe(more)).find("groups")->as_list().size();
  };
  EXPECT_EQ(groups({}), 1U);
  exchange_plugin(out("r/2"), "finetune.so");
  vouch_again(out("r/2"));  // what was altered is another matter
  EXPECT_EQ(groups({}), 2U);
  EXPECT_EQ(groups({"--pool", "build"}), 1U);
}

TEST_F(Identity, AnAlteredResultIsNoticed) {
  ASSERT_NE(run({"--out", out()}).status, 1);
  const std::string result = read_text(fs::path(out()) / "result.json");
  write("r/result.json", result + " ");
  const std::string notice = "result.json was altered after the run was complete";
  const Ended again = run({"--out", out()});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.err, HasSubstr(notice));
  EXPECT_THAT(leakprobe({"report", out(), "--no-figures"}).out, HasSubstr(notice));
  const Ended audit = leakprobe({"audit", out()});
  EXPECT_EQ(audit.status, 1);
  EXPECT_EQ(audit.out, "");
  EXPECT_THAT(audit.err, HasSubstr(notice));
  EXPECT_THAT(leakprobe({"watch", out(), "--once"}).out, HasSubstr(notice));
  write("r/result.json", result);
  EXPECT_THAT(run({"--out", out()}).out, HasSubstr("complete already"));
}

TEST_F(Identity, EveryFileOfAFinishedRunIsVouchedFor) {
  file_ = write("run.yaml", experiment("claim: {set: a, phase: b, at: end, minus: chance}\n"
                                       "sinks: [{type: csv}]\n"));
  ASSERT_NE(run({"--out", out(), "checkpoints.keep=phases"}).status, 1);
  ASSERT_NE(run({"--out", out("other"), "checkpoints.keep=phases", "seed=1"}).status, 1);
  const std::string rows = (project_ / "rows.safetensors").string() + ":a";
  const auto says = [&](const std::string& command) {
    if (command == "run") return run({"--out", out(), "checkpoints.keep=phases"});
    if (command == "report") return leakprobe({"report", out(), "--no-figures"});
    if (command == "compare") return leakprobe({"compare", out(), out("other")});
    if (command == "watch") return leakprobe({"watch", out(), "--once"});
    if (command == "score") return leakprobe({"score", out(), "--rows", rows});
    return leakprobe({command, out()});
  };
  const std::vector<std::pair<std::string, int>> all = {{"run", 1},     {"audit", 1}, {"report", 3},
                                                        {"compare", 3}, {"watch", 0}, {"score", 1}};
  for (const std::string name :
       {"config.yaml", "ledger.json", "environment.json", "result.json", "metrics.jsonl",
        "items.jsonl", "checkpoints/b/model.safetensors", "metrics.csv", "timing.jsonl"}) {
    const std::string was = read_text(fs::path(out()) / name);
    // A byte that leaves the file what it is: a blank for the last line break, a bit of a weight.
    std::string changed = was;
    changed.back() = changed.back() == '\n' ? ' ' : static_cast<char>(changed.back() ^ 1);
    write("r/" + name, changed);
    for (const auto& [command, status] : all) {
      const Ended ended = says(command);
      EXPECT_THAT(ended.out + ended.err,
                  HasSubstr(name + " was altered after the run was complete"))
          << command;
      EXPECT_EQ(ended.status, status) << command << ended.err;
      EXPECT_THAT(ended.out, Not(ContainsRegex("VALID +effect|No held-out|complete already")));
    }
    write("r/" + name, was);
  }
  for (const char* name : {"items.jsonl", "metrics.jsonl"}) {
    fs::rename(project_ / "r" / name, project_ / "kept");
    for (const auto& [command, status] : all) {
      const Ended ended = says(command);
      EXPECT_THAT(ended.out + ended.err, HasSubstr(name + std::string(" is gone"))) << command;
      EXPECT_EQ(ended.status, status) << command << ended.err;
    }
    fs::rename(project_ / "kept", project_ / "r" / name);
  }
  // Who needs the space may delete these.
  fs::remove_all(project_ / "r/checkpoints/a");
  fs::remove(project_ / "r/metrics.csv");
  EXPECT_THAT(says("run").out, HasSubstr("complete already"));
  EXPECT_EQ(says("audit").err, "");
}

/// What was altered is not shown as if it had been measured.
TEST_F(Identity, NoNumberOfAnAlteredRunIsReported) {
  file_ = write("run.yaml", experiment("claim: {set: a, phase: b, at: end, minus: chance}\n"));
  ASSERT_NE(run({"--out", out()}).status, 1);
  Value result = host::parse_json(read_text(fs::path(out()) / "result.json"), "result.json");
  result.find("claim")->set("effect", 7.53219);
  result.find("claim")->set("leak", 7.53219);
  write("r/result.json", to_json(result));
  const Ended report = leakprobe({"report", out(), "--json"});
  EXPECT_EQ(report.status, 3);
  const Value group = json_of(report).find("groups")->as_list().front();
  EXPECT_EQ(group.find("runs")->as_list().front().text("verdict"), "ALTERED");
  EXPECT_EQ(group.find("claim")->text("set"), "a") << "what it claims, the sealed file says too";
  for (const std::string& text :
       {report.out, read_text(fs::path(out()) / "runs.csv"), leakprobe({"report", out()}).out,
        leakprobe({"watch", out(), "--json"}).out, leakprobe({"watch", out(), "--once"}).out}) {
    EXPECT_THAT(text, Not(HasSubstr("7.532")));
  }
  const Value watched = json_of(leakprobe({"watch", out(), "--json"}));
  const Value& of_run = watched.find("runs")->as_list().front();
  EXPECT_EQ(of_run.text("state"), "altered");
  EXPECT_EQ(of_run.text("verdict"), "");
  EXPECT_TRUE(of_run.items("curve").empty());
}

TEST_F(Identity, AStatusThatContradictsItselfVouchesForNothing) {
  ASSERT_NE(run({"--out", out()}).status, 1);
  const std::string status = read_text(fs::path(out()) / "status.json");
  const std::string complete = "\"state\": \"complete\"";
  ASSERT_THAT(status, HasSubstr(complete));
  for (const char* state : {"failed", "running", "interrupted"}) {
    std::string changed = status;
    changed.replace(changed.find(complete), complete.size(),
                    std::string("\"state\": \"") + state + "\"");
    write("r/status.json", changed);
    const std::vector<std::vector<std::string>> all = {
        {"run", file_, "--out", out()},    {"run", file_, "--out", out(), "--resume"},
        {"report", out(), "--no-figures"}, {"audit", out()},
        {"watch", out(), "--once"},
    };
    for (const std::vector<std::string>& arguments : all) {
      const Ended ended = leakprobe(arguments);
      EXPECT_THAT(ended.out + ended.err, HasSubstr(std::string("state: is '") + state +
                                                   "', and only a complete run lists its files"))
          << arguments.front();
      EXPECT_THAT(ended.out, Not(ContainsRegex("VALID +effect|No held-out|complete already")));
    }
    EXPECT_EQ(read_text(fs::path(out()) / "status.json"), changed);
  }
}

TEST_F(Identity, WatchShowsNoNumberOfAFinishedRunWhoseStatusIsGone) {
  ASSERT_NE(run({"--out", out()}).status, 1);
  fs::remove(fs::path(out()) / "status.json");
  const Value watched = json_of(leakprobe({"watch", out(), "--json"}));
  const Value& of_run = watched.find("runs")->as_list().front();
  EXPECT_EQ(of_run.text("state"), "altered");
  EXPECT_TRUE(of_run.items("curve").empty());
}

TEST_F(Identity, ASweepsFileThatWasAlteredLabelsNothing) {
  ASSERT_NE(sweep({"--quiet"}).status, 1);
  const fs::path file = fs::path(out("s")) / "sweep.json";
  Value record = host::parse_json(read_text(file), "sweep.json");
  std::swap(record.at("points").as_list().at(0), record.at("points").as_list().at(1));
  write("s/sweep.json", to_json(record));
  const Ended report = leakprobe({"report", out("s"), "--no-figures"});
  EXPECT_EQ(report.status, 1);
  EXPECT_THAT(report.err, HasSubstr("the file was altered since the sweep wrote it"));
}

/// A sweep that comes by does it again.
TEST_F(Identity, ASweepRunsAnAlteredRunAgain) {
  ASSERT_NE(sweep({"--quiet"}).status, 1);
  fs::path weights;
  for (const auto& entry : fs::recursive_directory_iterator(out("s/runs"))) {
    if (entry.path().filename() == "model.safetensors") weights = entry.path();
  }
  ASSERT_FALSE(weights.empty());
  const std::string was = read_text(weights);
  std::string changed = was;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  std::ofstream(weights, std::ios::binary) << changed;
  const Ended again = sweep({"--quiet"});
  EXPECT_NE(again.status, 1) << again.err;
  EXPECT_EQ(read_text(weights), was);
}

/// Whatever the run was and whichever of its files it is.
TEST_F(Identity, ASweepRunsWhatWasAlteredAgainAndSaysSo) {
  ASSERT_NE(sweep({"--quiet"}).status, 1);
  const auto points = [&] { return json_of(sweep({"--list", "--json"})).items("points"); };
  const fs::path whole = points().front().text("directory"),
                 limited = points().back().text("directory");
  ASSERT_EQ(run({"seed=1", "--out", limited.string(), "--fresh", "--limit-steps", "1"}).status, 0);
  std::ofstream(limited / "metrics.jsonl", std::ios::app) << " ";
  fs::remove(whole / "result.json");
  const Value::List planned = points();
  EXPECT_EQ(planned.front().text("state"), "stale");
  EXPECT_THAT(planned.front().text("note"), HasSubstr("result.json is gone"));
  EXPECT_EQ(planned.back().text("state"), "stale");
  EXPECT_THAT(planned.back().text("note"), HasSubstr("metrics.jsonl was altered"));
  const Ended again = sweep({"--quiet"});
  EXPECT_NE(again.status, 1) << again.out << again.err;
  for (const Value& point : points()) EXPECT_EQ(point.text("state"), "complete");
}

TEST_F(Identity, AResultThatNothingVouchesForIsNoEvidence) {
  file_ = write("run.yaml", experiment("claim: {set: a, phase: b, at: end, minus: chance}\n"));
  ASSERT_NE(run({"--out", out()}).status, 1);
  const std::string status = read_text(fs::path(out()) / "status.json");
  const auto report = [&] {
    const Ended ended = leakprobe({"report", out(), "--no-figures", "--json"});
    EXPECT_EQ(ended.status, 3) << ended.err;
    return json_of(ended).find("groups")->as_list().front().find("runs")->as_list().front();
  };
  Value unlisted = host::parse_json(status, "status");
  unlisted.find("files")->erase("result.json");
  unlisted.erase("files_xxh3_128");  // as if it had never been listed
  Value without = host::parse_json(status, "status");
  without.erase("files");
  for (const auto& [text, why] :
       {std::pair(std::string(), "nothing vouches for its files: status.json is gone"),
        {to_json(without), "nothing vouches for its files: status.json does not list them"},
        {to_json(unlisted), "result.json is not listed in status.json, so that nothing vouches"}}) {
    if (text.empty()) {
      fs::remove(project_ / "r/status.json");
    } else {
      write("r/status.json", text);
    }
    const Value judged = report();
    EXPECT_EQ(judged.find("verdict")->as_string(), "ALTERED") << why;
    EXPECT_THAT(to_json(*judged.find("reasons")), HasSubstr(why));
    EXPECT_THAT(leakprobe({"audit", out()}).err, HasSubstr(why));
  }
  write("r/status.json", status);
  EXPECT_THAT(run({"--out", out()}).out, HasSubstr("complete already"));
}

TEST_F(Identity, ResumeRefusesOtherWeights) {
  fs::copy(fixture_path("models/llama_gqa_tied"), project_ / "model");
  fs::permissions(project_ / "model/model.safetensors", fs::perms::owner_all);
  file_ = write("model.yaml",
                "name: data\nthreads: 1\nmodel: {type: llama, path: model}\n"
                "task: {type: token_rows, path: rows.safetensors}\nbatch: 4\n"
                "phases: [{name: a, type: finetune, rows: {set: a, repeat: 1}}]\n");
  interrupt();
  std::string weights = read_text(project_ / "model/model.safetensors");
  weights[weights.size() - 2] ^= 1;
  write("model/model.safetensors", weights);
  const Ended refused = resume();
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("cannot resume: it holds an unfinished run, but model.path "
                                     "(model.safetensors) has changed since it began"));
  weights[weights.size() - 2] ^= 1;
  write("model/model.safetensors", weights);
  EXPECT_NE(resume().status, 1);
}

TEST_F(Identity, ADamagedStateIsRefusedWhereverTheDamageIs) {
  interrupt();
  const std::string state = read_text(fs::path(out()) / "state.safetensors");
  for (const size_t at : {size_t{20}, size_t{400}, state.size() / 3, state.size() / 2,
                          state.size() - 1000, state.size() - 1}) {
    std::string damaged = state;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write("r/state.safetensors", damaged);
    const Ended refused = resume();
    EXPECT_EQ(refused.status, 1) << at;
    EXPECT_THAT(refused.err, HasSubstr("state.safetensors: is damaged (")) << at;
    EXPECT_THAT(refused.err, HasSubstr("start again with --fresh")) << at;
  }
  write("r/state.safetensors", state);
  EXPECT_NE(resume().status, 1);
}

TEST_F(Identity, TokensBeyondTheVocabularyAreReportedBeforeAnythingIsTrained) {
  put("rows/late_ids.safetensors", "rows.safetensors");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"validate", file_},
        std::vector<std::string>{"run", file_, "--out", out()}}) {
    const Ended ended = leakprobe(arguments);
    EXPECT_EQ(ended.status, 2) << ended.err;
    EXPECT_THAT(ended.out + ended.err,
                HasSubstr("row 1 of set 'late' holds token 53, and the model "
                          "knows 50 tokens, 0 to 49"));
  }
  EXPECT_FALSE(fs::exists(fs::path(out()) / "metrics.jsonl"));
}

}  // namespace
}  // namespace leakprobe::cli
