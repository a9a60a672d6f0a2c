#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "leakprobe/host/workbench.h"
#include "program.h"
#include "run_folders.h"

/// What looks at the folders of others: it runs no code of theirs, ends, and writes no sequence
/// that steers a terminal.
namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kTiny = source_path("examples/tiny.yaml");
const std::string kMarked = std::string(LEAKPROBE_FAULTY_FOLDER) + "/marks_its_loading.so";

/// A complete run of tiny.yaml, made once.
const fs::path& good_run() {
  static const TemporaryFolder folder;
  static const fs::path run = folder.path() / "good";
  if (!fs::exists(run)) {
    EXPECT_EQ(leakprobe({"run", kTiny, "threads=1", "--out", run.string(), "--quiet"}).status, 0);
  }
  return run;
}

/// A copy of it in `folder`.
fs::path copy_of_good_run(const TemporaryFolder& folder, const std::string& name = "run") {
  fs::copy(good_run(), folder.path() / name, fs::copy_options::recursive);
  return folder.path() / name;
}

std::vector<std::vector<std::string>> looks_at(const fs::path& run, const fs::path& out) {
  const std::string at = run.string();
  return {{"audit", at},
          {"watch", at, "--once"},
          {"watch", at, "--json"},
          {"report", at, "--out", out.string()},
          {"compare", at, good_run().string()}};
}

TEST(JudgedFolders, TheirLibrariesAreLoadedWhereTheUserNamesThemAlone) {
  const TemporaryFolder folder;
  const fs::path run = folder.path() / "run", mark = folder.path() / "mark";
  const std::string file =
      folder.write("marked.yaml", "extends: " + kTiny + "\nplugins: [" + kMarked +
                                      "]\nphases:\n  - {name: calibrate, objective: {type: "
                                      "test.marked_loss}}\n");
  const Ended ran = leakprobe({"run", file, "threads=1", "--out", run.string(), "--quiet"});
  ASSERT_TRUE(fs::exists(run / "result.json")) << ran.err;
  ::setenv("LEAKPROBE_TEST_MARK", mark.c_str(), 1);
  for (const std::vector<std::string>& look : looks_at(run, folder.path() / "report")) {
    const Ended ended = leakprobe(look);
    EXPECT_FALSE(fs::exists(mark)) << look.front();
    EXPECT_THAT(ended.status, testing::AnyOf(0, 3)) << look.front() << ended.err;
  }
  const Ended by_names = leakprobe({"audit", run.string()});
  EXPECT_THAT(by_names.err,
              AllOf(HasSubstr("judged by the names of its sets and the roles that its task gives"),
                    HasSubstr(kMarked + "; if you trust them, name them with --plugin-path")));
  EXPECT_THAT(by_names.out, HasSubstr("No held-out row was ever a positive target"));
  const Ended trusted = leakprobe({"audit", run.string(), "--plugin-path", kMarked});
  EXPECT_TRUE(fs::exists(mark));
  EXPECT_EQ(trusted.err, "");
  ::unsetenv("LEAKPROBE_TEST_MARK");
}

TEST(JudgedFolders, AnAncestorsLibrariesAreTheHeirsToName) {
  const TemporaryFolder folder;
  const std::string base = (folder.path() / "base").string();
  const std::string file =
      folder.write("marked.yaml", "extends: " + kTiny + "\nplugins: [" + kMarked +
                                      "]\nschedule: {type: "
                                      "test.marked}\ncheckpoints: {keep: phases}\n");
  leakprobe({"run", file, "threads=1", "--out", base, "--quiet"});
  ASSERT_TRUE(fs::exists(base + "/result.json"));
  const std::string heir = folder.write(
      "heir.yaml", "extends: " + kTiny +
                       "\nphases:\n  - {name: calibrate, skip: true}\n  - {name: suppress, skip: "
                       "true}\n  - {name: elicit, from: {run: " +
                       base + ", phase: suppress}, terms: {dpo: {reference: {run: " + base +
                       ", phase: calibrate}}}}\n");
  const fs::path mark = folder.path() / "mark";
  ::setenv("LEAKPROBE_TEST_MARK", mark.c_str(), 1);
  const std::string out = (folder.path() / "heir").string();
  const Ended refused = leakprobe({"run", heir, "threads=1", "--out", out, "--quiet"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_FALSE(fs::exists(mark));
  EXPECT_THAT(refused.err, HasSubstr("it names libraries that are not loaded"));
  const Ended ended = leakprobe(
      {"run", heir, "threads=1", "--out", out, "--quiet", "--fresh", "--plugin-path", kMarked});
  EXPECT_THAT(ended.status, testing::AnyOf(0, 3)) << ended.err;
  ::unsetenv("LEAKPROBE_TEST_MARK");
}

/// Puts something of a kind in the place of a run's file.
void replace(const fs::path& file, const std::string& kind) {
  fs::remove(file);
  if (kind == "pipe") {
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  } else if (kind == "socket") {
    ASSERT_EQ(::mknod(file.c_str(), S_IFSOCK | 0600, 0), 0);
  } else if (kind == "folder") {
    fs::create_directory(file);
  } else if (kind == "nowhere") {
    fs::create_symlink("nowhere", file);
  } else if (kind == "loop") {
    fs::create_symlink(file.filename(), file);
  } else if (kind == "zeros") {
    fs::create_symlink("/dev/zero", file);
  } else if (kind == "huge") {
    std::ofstream(file).close();
    fs::resize_file(file, uintmax_t{6} << 30);
  }
}

/// How it is called.
std::string words_of(const std::string& kind) {
  if (kind == "nowhere") return "is a link to nowhere, which is not there";
  if (kind == "loop") return "links lead in a circle here";
  if (kind == "huge") return "";
  return "is a " + (kind == "zeros" ? "device" : kind) + " where a file is needed";
}

class OddFile : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(OddFile, OfAJudgedFolderHoldsNobodyUpAndIsNamed) {
  const auto [name, kind] = GetParam();
  const TemporaryFolder folder;
  const fs::path run = copy_of_good_run(folder);
  replace(run / name, kind);
  const std::string at = run.string(), report = (folder.path() / "report").string();
  std::vector<std::vector<std::string>> commands = {
      {"audit", at},
      {"watch", at, "--once"},
      {"report", at, "--out", report},
      {"compare", at, good_run().string()},
      {"run", kTiny, "threads=1", "--out", at, "--resume", "--quiet"}};
  if (std::string(name) != "metrics.jsonl") commands[2].push_back("--no-figures");
  for (const std::vector<std::string>& command : commands) {
    const Ended ended = leakprobe(command);
    EXPECT_LE(ended.status, 3) << command.front();
    EXPECT_THAT(ended.err + ended.out,
                AllOf(Not(HasSubstr("filesystem error")), Not(HasSubstr("please report")),
                      Not(HasSubstr("std::")), Not(HasSubstr(std::string(name) + " is gone"))))
        << command.front();
    // Only who writes in a folder reads what leakprobe made in it.
    if (std::string(name) == ".leakprobe" && command.front() != "run") continue;
    EXPECT_THAT(ended.err + ended.out, AllOf(HasSubstr(name), HasSubstr(words_of(kind))))
        << command.front();
    EXPECT_THAT(ended.out, Not(testing::ContainsRegex("VALID +effect|complete, |waiting")))
        << command.front();
  }
}

INSTANTIATE_TEST_SUITE_P(
    , OddFile,
    testing::Values(std::pair("status.json", "pipe"), std::pair("result.json", "pipe"),
                    std::pair("config.yaml", "pipe"), std::pair("metrics.jsonl", "pipe"),
                    std::pair("items.jsonl", "pipe"), std::pair("timing.jsonl", "pipe"),
                    std::pair("ledger.json", "pipe"), std::pair("environment.json", "pipe"),
                    std::pair("checkpoints/elicit/model.safetensors", "pipe"),
                    std::pair("status.json", "socket"), std::pair("status.json", "folder"),
                    std::pair("result.json", "folder"), std::pair("status.json", "nowhere"),
                    std::pair("result.json", "nowhere"), std::pair("metrics.jsonl", "nowhere"),
                    std::pair(".leakprobe", "pipe"), std::pair("status.json", "loop"),
                    std::pair("result.json", "loop"), std::pair("config.yaml", "loop"),
                    std::pair("metrics.jsonl", "zeros"), std::pair("status.json", "huge"),
                    std::pair("metrics.jsonl", "huge")));

TEST(JudgedFolders, AStatusThatIsNoFileIsOfARunOfWhichNobodyKnowsHowItStands) {
  const TemporaryFolder folder;
  const fs::path run = copy_of_good_run(folder);
  replace(run / "status.json", "pipe");
  const Value frame = json_of(leakprobe({"watch", run.string(), "--json"}));
  const Value& watched = frame.items("runs").front();
  EXPECT_EQ(watched.text("state"), "unknown");
  EXPECT_THAT(watched.text("note"), HasSubstr("status.json: is a pipe where a file is needed"));
  EXPECT_THAT(leakprobe({"watch", run.string(), "--once"}).out, HasSubstr("unknown"));
}

TEST(JudgedFolders, ALockThatIsNoFileIsNamedByWhoTakesIt) {
  const TemporaryFolder folder;
  const fs::path run = copy_of_good_run(folder);
  replace(run / ".lock", "pipe");
  const Ended ended = leakprobe({"run", kTiny, "threads=1", "--out", run.string()});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr(".lock: is a pipe where a file is needed"));
  EXPECT_THAT(leakprobe({"watch", run.string(), "--once"}).out, HasSubstr("VALID"));
}

TEST(JudgedFolders, WhatLiesInThePlaceOfCheckpointsIsNamedBeforeTheFirstStep) {
  const TemporaryFolder folder;
  const fs::path run = copy_of_good_run(folder);
  fs::remove_all(run / "checkpoints");
  replace(run / "checkpoints", "pipe");
  for (const char* how : {"--resume", "--fresh"}) {
    const Ended ended = leakprobe({"run", kTiny, "threads=1", "--out", run.string(), how});
    EXPECT_EQ(ended.status, 1) << how;
    EXPECT_THAT(ended.err, HasSubstr("checkpoints: is no folder, and checkpoints need one")) << how;
    EXPECT_TRUE(fs::exists(run / "result.json")) << how;
  }
}

TEST(JudgedFolders, OddFilesOfASweepAreNamed) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "sweep").string();
  const std::vector<std::string> sweep = {
      "sweep", kTiny, "sweep={seed: [0, 1]}", "threads=1", "--out", out, "--quiet"};
  ASSERT_EQ(leakprobe(sweep).status, 0);
  fs::path status;
  for (const auto& entry : fs::recursive_directory_iterator(out + "/runs")) {
    if (entry.path().filename() == "status.json") status = entry.path();
  }
  replace(status, "pipe");
  const std::string words = "status.json: is a pipe where a file is needed";
  const Ended again = leakprobe(sweep);
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.out + again.err, HasSubstr(words));
  EXPECT_THAT(leakprobe({"watch", out, "--once"}).out, HasSubstr(words));
  replace(out + "/sweep.json", "pipe");
  for (const std::vector<std::string>& command :
       {sweep, {"watch", out, "--once"}, {"report", out}, {"compare", out, out}}) {
    const Ended ended = leakprobe(command);
    EXPECT_EQ(ended.status, 1) << command.front();
    EXPECT_THAT(ended.err, HasSubstr("sweep.json: is a pipe where a file is needed"))
        << command.front();
  }
}

TEST(JudgedFolders, MeasurementsOfTheWrongTypeAreASentenceWithTheirLine) {
  const TemporaryFolder folder;
  const fs::path run = copy_of_good_run(folder);
  for (const char* cells :
       {"[{\"set\":\"held_out\",\"prefix\":\"reverse\",\"rows\":2,\"value\":-3.2,\"leak\":\"x\"}]",
        "[{\"set\":\"held_out\",\"prefix\":3,\"value\":-3.2}]", "[7]", "{}",
        "[{\"set\":\"held_out\",\"prefix\":\"reverse\",\"value\":1e400}]"}) {
    folder.write("run/metrics.jsonl",  // as the run wrote it, by its status.json
                 std::string("{\"v\":1,\"record\":\"evaluation\",\"phase\":\"elicit\",\"step\":0,"
                             "\"probe\":\"likelihood\",\"regular\":true,\"end\":false,\"cells\":") +
                     cells + "}\n");
    vouch_again(run);
    const Ended watch = leakprobe({"watch", run.string(), "--once"});
    EXPECT_EQ(watch.status, 0) << cells;
    EXPECT_THAT(watch.out, HasSubstr("not all was read: ")) << cells;
    EXPECT_THAT(watch.out, HasSubstr("metrics.jsonl:1")) << cells;
    const Ended report =
        leakprobe({"report", run.string(), "--out", (folder.path() / "report").string()});
    EXPECT_EQ(report.status, 0) << cells;
    EXPECT_THAT(report.err, HasSubstr("no curves of")) << cells;
    EXPECT_THAT(report.err, HasSubstr("metrics.jsonl:1")) << cells;
  }
}

TEST(JudgedFolders, ALineThatIsNoRecordIsASentenceWithItsNumberAndOneThatIsBeingWrittenIsNot) {
  const TemporaryFolder folder;
  const fs::path run = copy_of_good_run(folder);
  const std::string good = read_text(run / "metrics.jsonl");
  const std::string first = good.substr(0, good.find('\n') + 1), rest = good.substr(first.size());
  const auto watch = [&] { return leakprobe({"watch", run.string(), "--once"}).out; };
  const auto report = [&] {
    return leakprobe({"report", run.string(), "--out", (folder.path() / "report").string()}).err;
  };
  for (const char* line :
       {"no JSON", "", "{}", "[]", "{\"v\":1}", "{\"v\":1,\"record\":3}",
        "{\"v\":1,\"record\":\"step\",\"phase\":\"eli", "{\"v\":1,\"record\":\"evaluation\"}"}) {
    folder.write("run/metrics.jsonl", first + line + "\n" + rest);
    vouch_again(run);
    EXPECT_THAT(watch(), HasSubstr("metrics.jsonl:2")) << line;
    EXPECT_THAT(report(), HasSubstr("metrics.jsonl:2")) << line;
  }
  folder.write("run/metrics.jsonl", good + "{\"v\":1,\"record\":\"evalu");
  vouch_again(run);
  EXPECT_THAT(watch(), Not(HasSubstr("not all was read")));
  EXPECT_THAT(report(), Not(HasSubstr("no curves of")));
}

TEST(JudgedFolders, WhatIsNoFolderIsCalledSo) {
  const TemporaryFolder folder;
  folder.write("file", "");
  fs::create_symlink("loop", folder.path() / "loop");
  for (const auto& [name, why] : {std::pair("absent", ": there is no such folder"),
                                  {"file", ": is no folder"},
                                  {"loop", ": cannot be looked into: "}}) {
    const fs::path at = folder.path() / name;
    for (const std::vector<std::string>& command : looks_at(at, folder.path() / "report")) {
      const Ended ended = leakprobe(command);
      EXPECT_THAT(ended.status, testing::AnyOf(1, 2)) << command.front() << ' ' << name;
      EXPECT_THAT(ended.err, HasSubstr(at.string() + why)) << command.front();
    }
  }
}

TEST(JudgedFolders, AFurtherClaimWithoutItsNumbersWasNotMeasured) {
  const TemporaryFolder folder;
  const fs::path run = copy_of_good_run(folder);
  const std::string result = read_text(run / "result.json");
  const std::string claim =
      "{\"name\":\"other\",\"measure\":\"likelihood\",\"set\":\"useful\",\"prefix\":\"reverse\","
      "\"phase\":\"elicit\",\"at\":\"end\"";
  for (const char* numbers : {"", ",\"effect\":null", ",\"effect\":null,\"leak\":0.25",
                              ",\"effect\":0.25", ",\"effect\":0.25,\"leak\":null"}) {
    Value value = host::parse_json(result, "result.json");
    value.set("verdict", "VALID");
    value.set("reasons", Value::list());
    Value further = Value::list();
    further.push_back(host::parse_json(claim + numbers + "}", "claim"));
    value.set("further_claims", further);
    folder.write("run/result.json", to_json(value));
    vouch_again(run);
    const Ended ended = leakprobe({"report", run.string(), "--no-figures", "--json", "--out",
                                   (folder.path() / "report").string()});
    ASSERT_EQ(ended.status, 0) << numbers << ended.err;
    const Value report = json_of(ended);
    const Value::List& groups = report.find("groups")->as_list();
    const auto other = std::find_if(groups.begin(), groups.end(), [](const Value& group) {
      return group.find_text("claim_name") == "other";
    });
    ASSERT_NE(other, groups.end()) << numbers;
    const Value& judged = other->find("runs")->as_list().front();
    EXPECT_THAT(to_json(*judged.find("reasons")), HasSubstr("the claim was not measured"))
        << numbers;
    for (const char* key : {"effect", "leak"}) {
      EXPECT_TRUE(judged.find(key)->is_null()) << numbers << key;
    }
    EXPECT_TRUE(other->find("statistics")->is_null()) << numbers;
  }
}

TEST(JudgedFolders, CompareSaysWhyARunDoesNotCount) {
  const TemporaryFolder folder;
  const fs::path run = copy_of_good_run(folder);
  folder.write("run/ledger.json", read_text(run / "ledger.json") + " ");
  const std::string why = "ledger.json was altered after the run was complete";
  const Ended ended = leakprobe({"compare", run.string(), good_run().string()});
  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.out, HasSubstr("does not count  A: " + why));
  const Value left_out =
      json_of(leakprobe({"compare", good_run().string(), run.string(), "--json"}))
          .find("left_out")
          ->as_list()
          .front();
  EXPECT_EQ(to_json(*left_out.find("a_reasons")), "[]");
  EXPECT_EQ(to_json(*left_out.find("b_reasons")), "[\"" + why + "\"]");
}

TEST(JudgedFolders, NoNameSteersTheTerminal) {
  const TemporaryFolder folder;
  // A colour, a bell, what turns the direction of all that follows, and an end of line.
  const std::string red = "\x1b[31mred\a\u202e\u200b\nnext";
  const std::string yaml =
      folder.write("red.yaml", "extends: " + kTiny +
                                   "\nplugins: [\"/none/\\e[31mred.so\"]\nmodel: {tokenizer: "
                                   "\"\\e[31mred\"}\n\"\\u202ered\": 1\n");
  const std::vector<std::vector<std::string>> commands = {
      {"validate", yaml},
      {"validate", red},
      {"resolve", red},
      {"run", red},
      {"run", kTiny, "name=\"\\e[31mred\""},
      {"run", kTiny, "--limit-steps", red},
      {"audit", red},
      {"watch", red},
      {"report", red},
      {"compare", red, red},
      {"score", red, "--rows", red},
      {"tokenize", red},
      {"show", red},
      {"list", red},
      {"list", "--plugin-path", red},
      {red},
      {"--" + red},
      {"help", red},
      {"rows", red},
      {"sweep", red},
      {"doctor", "--plugin-path", red},
      {"validate", kTiny, "task." + red + "=" + red}};
  for (const std::vector<std::string>& command : commands) {
    const Ended ended = leakprobe(command);
    EXPECT_NE(ended.status, -1);
    EXPECT_THAT(ended.out + ended.err,
                AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\a")), Not(HasSubstr("\u202e")),
                      Not(HasSubstr("\u200b")), Not(HasSubstr("\\x8b\nnext"))))
        << command.front();
  }
}

TEST(OutFolder, OneThatCannotBeIsASentence) {
  const std::string run = good_run().string();
  const std::string longer = "/tmp/" + std::string(300, 'n');
  const std::string too_long = "cannot be created: File name too long; choose a shorter name";
  const std::string nowhere = "cannot be created: No such file or directory; check the path";
  for (const auto& [out, said] : {std::pair(longer, too_long), {"/proc/leakprobe", nowhere}}) {
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"run", kTiny, "--out", out},
          {"report", run, "--out", out},
          {"sweep", kTiny, "sweep={seed: [0, 1]}", "--out", out}}) {
      const Ended ended = leakprobe(command);
      EXPECT_EQ(ended.status, 1) << command.front();
      EXPECT_THAT(ended.err, HasSubstr("error: " + out)) << command.front();
      EXPECT_THAT(ended.err, HasSubstr(said)) << command.front();
    }
  }
}

TEST(OutFolder, ALimitOnTheSizeOfFilesIsASentence) {
  const TemporaryFolder folder;
  const std::string err = (folder.path() / "err").string();
  for (const std::string& command :
       {"run '" + kTiny + "' threads=1 --quiet --out '" + (folder.path() / "run").string() + "'",
        "report '" + good_run().string() + "' --no-figures --out '" +
            (folder.path() / "report").string() + "'"}) {
    const std::string line =
        "ulimit -f 1; exec '" LEAKPROBE_PROGRAM "' " + command + " > /dev/null 2> '" + err + "'";
    EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 1) << command;
    EXPECT_THAT(read_text(err), AllOf(HasSubstr("raise the limit on the size of files (ulimit -f)"),
                                      Not(HasSubstr("Ctrl-C")), Not(HasSubstr("stopping"))));
  }
}

TEST(StandardInput, IsAnExperimentWhereADashStandsForItsFile) {
  const std::string text = read_text(kTiny);
  EXPECT_EQ(leakprobe({"validate", "-"}, text).status, 0);
  const Ended resolved =
      leakprobe({"resolve", "-", "--json"}, "extends: " + kTiny + "\nbatch: 2\n");
  EXPECT_EQ(json_of(resolved).find("experiment")->find("batch")->as_integer(), 2);
  const Ended wrong = leakprobe({"validate", "-"}, "model: {}\nbatch: no\n");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("<standard input>:2:8: error: batch: "));
}

TEST(WorkingFolder, OneThatWasRemovedIsASentence) {
  for (const char* command : {"list", "validate examples/tiny.yaml", "doctor", "run x.yaml"}) {
    const TemporaryFolder folder;
    const std::string gone = (folder.path() / "gone").string();
    const std::string err = (folder.path() / "err").string();
    const std::string line = "mkdir '" + gone + "' && cd '" + gone + "' && rmdir '" + gone +
                             "' && exec '" LEAKPROBE_PROGRAM "' " + command + " 2> '" + err + "'";
    const int status = std::system(line.c_str());
    EXPECT_EQ(WEXITSTATUS(status), 1) << command;
    EXPECT_THAT(read_text(err), HasSubstr("leakprobe: error: the present folder cannot be used"));
  }
}

}  // namespace
}  // namespace leakprobe::cli
