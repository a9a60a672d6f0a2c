#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "leakprobe/tensors.h"
#include "program.h"
#include "run_folders.h"
#include "signals.h"

/// What leakprobe did not make it neither replaces nor deletes.
namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string kTiny = source_path("examples/tiny.yaml");

std::string path_in(const TemporaryFolder& folder, const std::string& name) {
  return (folder.path() / name).string();
}

/// A run of tiny.yaml that was asked to stop in its last phase: its state is saved.
void interrupt(const std::string& out, int signal = SIGTERM,
               const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"run",   kTiny, "threads=1", "phases.elicit.steps=100000",
                                        "--out", out};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Running running(arguments);
  while (read_text(fs::path(out) / "status.json").find("elicit") == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  running.signal(signal);
  EXPECT_EQ(running.wait(), 75) << "signal " << signal;
  EXPECT_TRUE(fs::exists(fs::path(out) / "state.safetensors")) << "signal " << signal;
}

/// It goes on as far as its next step.
Ended resume(const std::string& out, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"run",   kTiny, "threads=1", "phases.elicit.steps=100000",
                                        "--out", out,   "--resume",  "--limit-steps",
                                        "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return leakprobe(arguments);
}

TEST(ForeignFiles, APhaseThatIsCalledLikeAPathDeletesNothing) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "precious");
  const std::string thesis = folder.write("precious/thesis.txt", "years");
  for (const std::string& name : {std::string("../../precious"), path_in(folder, "precious"),
                                  std::string(".."), std::string("a/../../../precious")}) {
    const std::string file = folder.write(
        "phase.yaml", "extends: " + kTiny + "\nphases: [{name: '" + name +
                          "', type: finetune, rows: {set: random, prefix: regular, count: 8}}]\n");
    const Ended ended = leakprobe({"run", file, "--out", path_in(folder, "run")});
    EXPECT_EQ(ended.status, 2) << name;
    EXPECT_THAT(ended.err, HasSubstr("phase.yaml:2:17: error: phases[3].name: the name '" + name));
    EXPECT_TRUE(fs::exists(thesis)) << name;
  }
}

TEST(ForeignFiles, FreshInAFolderOfOthersIsAnErrorThatNamesTheirFile) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "precious/checkpoints/mine");
  const std::string config = folder.write("precious/config.yaml", "mine: true\n");
  const std::string weights = folder.write("precious/checkpoints/mine/model", "years");
  for (const char* how : {"--fresh", "--resume", "--quiet"}) {
    const Ended ended = leakprobe({"run", kTiny, "--out", path_in(folder, "precious"), how});
    EXPECT_EQ(ended.status, 1) << how;
    EXPECT_THAT(ended.err, HasSubstr("precious/config.yaml: is there already and was not made by "
                                     "leakprobe"));
  }
  EXPECT_EQ(read_text(config), "mine: true\n");
  EXPECT_EQ(read_text(weights), "years");
}

TEST(ForeignFiles, FreshDeletesWhatRunsMadeOfAnySinkAndKeepsWhatLiesBeside) {
  const TemporaryFolder folder;
  const std::string out = path_in(folder, "run");
  ASSERT_EQ(leakprobe({"run", kTiny, "threads=1", "--out", out, "--quiet",
                       "sinks=[{type: jsonl}, {type: csv}, {type: tensorboard}]"})
                .status,
            0);
  const std::string notes = folder.write("run/notes.txt", "what I saw");
  fs::create_directory(folder.path() / "run/checkpoints/mine");
  const std::string weights = folder.write("run/checkpoints/mine/model", "years");
  const std::string metrics = read_text(folder.path() / "run/metrics.jsonl");
  const Ended ended = leakprobe(
      {"run", kTiny, "threads=1", "--out", out, "--quiet", "--fresh", "sinks=[{type: jsonl}]"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(read_text(folder.path() / "run/metrics.jsonl"), metrics);
  EXPECT_FALSE(fs::exists(folder.path() / "run/metrics.csv"));
  EXPECT_FALSE(fs::exists(folder.path() / "run/events.out.tfevents.leakprobe"));
  EXPECT_TRUE(fs::exists(folder.path() / "run/checkpoints/elicit"));
  EXPECT_EQ(read_text(notes), "what I saw");
  EXPECT_EQ(read_text(weights), "years");
}

TEST(ForeignFiles, FreshDeletesTheFileOfAThirdPartysSink) {
  const TemporaryFolder folder;
  const std::string out = path_in(folder, "run");
  const std::string library = std::string(LEAKPROBE_FAULTY_FOLDER) + "/third_party_sinks.so";
  const Ended ended =
      leakprobe({"run", kTiny, "threads=1", "--out", out, "--quiet", "--plugin-path", library,
                 "sinks=[{type: jsonl}, {type: test.named}]"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(read_text(folder.path() / "run/third_party.log"),
            read_text(folder.path() / "run/metrics.jsonl"));
  EXPECT_THAT(read_text(folder.path() / "run/status.json"), HasSubstr("\"third_party.log\""));
  const std::string notes = folder.write("run/notes.txt", "what I saw");
  ASSERT_EQ(leakprobe({"run", kTiny, "threads=1", "--out", out, "--quiet", "--fresh"}).status, 0);
  EXPECT_FALSE(fs::exists(folder.path() / "run/third_party.log"));
  EXPECT_EQ(read_text(notes), "what I saw");
}

TEST(ForeignFiles, ASinkHasOneFileInTheRunsFolderOrNone) {
  const TemporaryFolder folder;
  const std::string library = std::string(LEAKPROBE_FAULTY_FOLDER) + "/third_party_sinks.so";
  const auto said = [&](const std::string& sink) {
    const Ended ended =
        leakprobe({"run", kTiny, "threads=1", "--out", path_in(folder, "run"), "--quiet",
                   "--plugin-path", library, "sinks=[{type: " + sink + "}]"});
    EXPECT_NE(ended.status, 0) << sink;
    return ended.err;
  };
  EXPECT_THAT(said("test.rival"), HasSubstr("sinks[0]: sink test.rival writes the file "
                                            "'metrics.jsonl', as the run itself does"));
  EXPECT_THAT(said("test.outside"), HasSubstr("the name '../outside.log' begins with a dot"));
  EXPECT_THAT(said("test.careless"), HasSubstr("sink 'test.careless' (sinks[0]), phase"));
  EXPECT_FALSE(fs::exists(folder.path() / "outside.log"));
}

TEST(ForeignFiles, ARunWritesIntoNoFileThatALinkInItsFolderLeadsTo) {
  const TemporaryFolder folder;
  const std::string thesis = folder.write("thesis.txt", "years");
  for (const char* name : {"timing.jsonl", "metrics.jsonl", "log.txt", ".leakprobe"}) {
    const fs::path out = folder.path() / "run";
    fs::create_directory(out);
    folder.write("run/.leakprobe", "run timing.jsonl\nrun metrics.jsonl\nrun log.txt\n");
    fs::remove(out / name);
    fs::create_symlink(thesis, out / name);
    const Ended ended = leakprobe({"run", kTiny, "--out", out.string(), "--resume"});
    EXPECT_EQ(read_text(thesis), "years") << name << ended.err;
    fs::remove_all(out);
  }
}

TEST(ForeignFiles, ALockThatIsALinkIsAnErrorThatNamesIt) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "run");
  fs::create_symlink(folder.path() / "elsewhere", folder.path() / "run/.lock");
  const Ended ended = leakprobe({"run", kTiny, "--out", path_in(folder, "run")});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("run/.lock: is a link where a file of its own is needed"));
  EXPECT_FALSE(fs::exists(folder.path() / "elsewhere"));
}

TEST(ForeignFiles, CheckpointsBehindALinkAreAnErrorAndNothingThereIsTouched) {
  const TemporaryFolder folder;
  const std::string out = path_in(folder, "run");
  interrupt(out);
  fs::remove_all(folder.path() / "run/checkpoints");
  fs::create_directories(folder.path() / "precious/.elicit.writing");
  const std::string thesis = folder.write("precious/.elicit.writing/thesis.txt", "years");
  folder.write("precious/.leakprobe", "run elicit\nrun .elicit.writing\nrun calibrate\n");
  fs::create_directory(folder.path() / "precious/calibrate");
  const std::string notes = folder.write("precious/calibrate/notes.txt", "years");
  fs::create_directory_symlink(folder.path() / "precious", folder.path() / "run/checkpoints");
  for (const char* how : {"--resume", "--fresh"}) {
    const Ended ended = leakprobe({"run", kTiny, "threads=1", "phases.elicit.steps=100000", "--out",
                                   out, how, "--limit-steps", "1"});
    EXPECT_EQ(ended.status, 1) << how;
    EXPECT_THAT(ended.err, HasSubstr("run/checkpoints: is a link where a folder of its own"));
    EXPECT_EQ(read_text(thesis), "years") << how;
    EXPECT_EQ(read_text(notes), "years") << how;
  }
}

TEST(ForeignFiles, AFolderOfFiguresBehindALinkIsAnError) {
  const TemporaryFolder folder;
  RunFolder run;
  run.write(folder.path() / "runs/a");
  fs::create_directories(folder.path() / "paper");
  fs::create_directories(folder.path() / "precious");
  folder.write("paper/.leakprobe", "report figures\n");
  fs::create_directory_symlink(folder.path() / "precious", folder.path() / "paper/figures");
  const Ended ended =
      leakprobe({"report", path_in(folder, "runs"), "--out", path_in(folder, "paper")});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("paper/figures: is a link where a file or folder of its own"));
  EXPECT_TRUE(fs::is_empty(folder.path() / "precious"));
}

TEST(ForeignFiles, AReportReplacesOnlyWhatReportsMade) {
  const TemporaryFolder folder;
  RunFolder run;
  run.write(folder.path() / "runs/a");
  fs::create_directories(folder.path() / "paper/figures");
  const std::string figure = folder.write("paper/figures/curves_mine.png", "mine");
  const std::string paper = path_in(folder, "paper");
  const std::string runs = path_in(folder, "runs");
  Ended ended = leakprobe({"report", runs, "--out", paper});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("paper/figures: is there already and was not made by"));
  EXPECT_EQ(read_text(figure), "mine");
  fs::rename(folder.path() / "paper/figures", folder.path() / "kept");
  folder.write("paper/runs.csv", "mine");
  fs::remove(folder.path() / "paper/.leakprobe");
  ended = leakprobe({"report", runs, "--out", paper});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(read_text(folder.path() / "paper/runs.csv"), "mine");
  fs::remove(folder.path() / "paper/runs.csv");
  fs::remove(folder.path() / "paper/report.json");
  for (int twice = 0; twice < 2; ++twice) {
    ended = leakprobe({"report", runs, "--out", paper});
    EXPECT_EQ(ended.status, 0) << ended.err;
  }
}

TEST(ForeignFiles, ASweepReplacesNoSweepJsonOfOthers) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "mine");
  const std::string theirs = folder.write("mine/sweep.json", "mine");
  const Ended ended = leakprobe(
      {"sweep", kTiny, "sweep={seed: [0, 1]}", "--out", path_in(folder, "mine"), "--jobs", "1"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("mine/sweep.json: is there already and was not made by"));
  EXPECT_EQ(read_text(theirs), "mine");
}

TEST(ForeignFiles, WhatAKilledRunLeftHalfWrittenGoesWithTheNext) {
  const TemporaryFolder folder;
  const std::string out = path_in(folder, "run");
  interrupt(out);
  folder.write("run/.leakprobe-4194303-0.tmp", "half of a state");
  fs::create_directories(folder.path() / "run/checkpoints/.elicit.writing");
  folder.write("run/checkpoints/.leakprobe", "run elicit\nrun .elicit.writing\n");
  folder.write("run/checkpoints/.elicit.writing/model.safetensors", "half of a checkpoint");
  const Ended ended = resume(out);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_FALSE(fs::exists(folder.path() / "run/.leakprobe-4194303-0.tmp"));
  EXPECT_FALSE(fs::exists(folder.path() / "run/checkpoints/.elicit.writing"));
}

TEST(ModelFiles, APathThatLeadsNowhereIsNamedWithItsKeyWhateverLiesThere) {
  const TemporaryFolder folder;
  fs::create_symlink("loop", folder.path() / "loop");
  for (const std::string& path : {path_in(folder, "loop"), path_in(folder, "absent"),
                                  path_in(folder, std::string(300, 'x'))}) {
    const std::string file =
        folder.write("model.yaml",
                     "extends: " + kTiny + "\nmodel: {path: " + path +
                         ", hidden_size: null, num_hidden_layers: null, num_attention_heads: null, "
                         "intermediate_size: null}\n");
    const Ended ended = leakprobe({"validate", file});
    EXPECT_EQ(ended.status, 0) << "a machine without the model may check the rest";
    EXPECT_THAT(ended.err, HasSubstr("warning: model.path: ")) << path;
  }
}

TEST(Signals, EachThatAsksAProgramToEndSavesTheStateFirst) {
  // All of signal(7) whose default action ends the process, but for faults, SIGKILL and SIGPIPE.
  for (const int signal :
       {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ,
        SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGRTMIN, SIGRTMAX - 1, SIGRTMAX}) {
    const TemporaryFolder folder;
    interrupt(path_in(folder, "run"), signal);
  }
}

TEST(Signals, WhatIsSaidIsAboutWhatCame) {
  const auto said = [](int signal) {
    const TemporaryFolder folder;
    const std::string out = path_in(folder, "run"), err = path_in(folder, "err");
    Running running({"run", kTiny, "threads=1", "phases.elicit.steps=100000", "--out", out}, {},
                    err);
    while (!fs::exists(fs::path(out) / "status.json")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    running.signal(signal);
    EXPECT_EQ(running.wait(), 75) << signal;
    return read_text(err);
  };
  const std::string words = "saving the state after this step, then stopping";
  EXPECT_THAT(said(SIGINT), HasSubstr("leakprobe: " + words + "; Ctrl-C again: stop at once\n"));
  EXPECT_THAT(said(SIGTERM), HasSubstr("leakprobe: asked to end by SIGTERM: " + words + "\n"));
  EXPECT_THAT(said(SIGRTMIN + 2),
              HasSubstr("leakprobe: asked to end by a signal: " + words + "\n"));
  EXPECT_THAT(said(SIGXCPU), HasSubstr("the limit on processor time (ulimit -t) is reached: "));
}

TEST(Signals, NoneEndsWhatWasStartedNotToHearIt) {
  const TemporaryFolder folder;
  const std::string out = path_in(folder, "run");
  const std::vector<int> unheard = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1};
  Running running({"run", kTiny, "threads=1", "phases.elicit.steps=100000", "--out", out}, unheard);
  const auto lines = [&] { return read_text(fs::path(out) / "metrics.jsonl").size(); };
  const auto wait_for_more = [&](size_t than) {
    for (int tries = 0; tries < 3000 && lines() <= than; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return lines() > than;
  };
  ASSERT_TRUE(wait_for_more(0));
  for (const int signal : unheard) running.signal(signal);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(wait_for_more(lines())) << "the run went no further";
  running.signal(SIGUSR2);
  EXPECT_EQ(running.wait(), 75);
}

/// What is read is mapped, and touching what is no longer there is fatal.
TEST(Signals, AFileThatIsCutWhileItIsReadIsNamed) {
  const TemporaryFolder folder;
  const std::string file = path_in(folder, "rows.safetensors");
  write_safetensors(file, {{"rows", torch::zeros({64, 1024}, torch::kInt64)}});
  EXPECT_EXIT(
      {
        name_shortened_files();
        const TensorFile mapped = TensorFile::open(file);
        fs::resize_file(file, 4096);
        mapped.read("rows");
      },
      testing::ExitedWithCode(1),
      "leakprobe: error: .*rows.safetensors: became shorter while it was read");
}

TEST(SavedRuns, AStatusThatCannotBeReadIsThatOfAnInterruptedRun) {
  const TemporaryFolder folder;
  const std::string out = path_in(folder, "run");
  interrupt(out);
  for (const char* text : {"", "{\"state\": \"runn", "[]", "{\"state\": 3}"}) {
    folder.write("run/status.json", text);
    EXPECT_EQ(leakprobe({"run", kTiny, "--out", out}).status, 1) << text;
  }
  folder.write("run/status.json", "");
  const Ended ended = resume(out);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("resumed in phase"));
}

/// What sinks wrote and phases left is looked at as the run's own records are.
TEST(SavedRuns, FilesThatOthersTakeUpAreLookedAtBeforeARunGoesOn) {
  const std::vector<std::string> more = {"sinks=[{type: jsonl}, {type: csv}, {type: tensorboard}]",
                                         "checkpoints.keep=phases"};
  const TemporaryFolder folder;
  const std::string out = path_in(folder, "run");
  interrupt(out, SIGTERM, more);
  for (const char* name :
       {"records.jsonl", "metrics.csv", "events.out.tfevents.leakprobe",
        "checkpoints/calibrate/model.safetensors", "checkpoints/suppress/config.json"}) {
    const std::string was = read_text(folder.path() / "run" / name);
    ASSERT_GT(was.size(), 40U) << name;
    std::string text = was;
    text[30] = static_cast<char>(text[30] ^ 1);
    folder.write(std::string("run/") + name, text);
    const Ended ended = resume(out, more);
    EXPECT_EQ(ended.status, 1) << name;
    EXPECT_THAT(ended.err, HasSubstr(std::string(name) +
                                     ": was altered since the state was saved; start the run anew "
                                     "with --fresh"));
    EXPECT_EQ(read_text(folder.path() / "run" / name), text) << name;
    folder.write(std::string("run/") + name, was);
  }
  // What a sink wrote after the state was saved is cut off; who needs the space may delete weights.
  folder.write("run/metrics.csv", read_text(folder.path() / "run/metrics.csv") + "elicit,9,x");
  fs::remove_all(folder.path() / "run/checkpoints/calibrate");
  EXPECT_EQ(resume(out, more).status, 0);
  EXPECT_THAT(read_text(folder.path() / "run/metrics.csv"), Not(HasSubstr("elicit,9,x")));
  EXPECT_THAT(read_text(folder.path() / "run/status.json"), HasSubstr("\"metrics.csv\""));
}

TEST(SavedRuns, RecordsThatWereAlteredSinceAreNoticedBeforeARunGoesOn) {
  for (const char* name : {"items.jsonl", "timing.jsonl", "metrics.jsonl"}) {
    const TemporaryFolder folder;
    const std::string out = path_in(folder, "run");
    interrupt(out);
    std::string text = read_text(folder.path() / "run" / name);
    ASSERT_GT(text.size(), 40U) << name;
    text[30] = static_cast<char>(text[30] ^ 1);
    folder.write(std::string("run/") + name, text);
    const Ended ended = resume(out);
    EXPECT_EQ(ended.status, 1) << name;
    EXPECT_THAT(ended.err,
                HasSubstr(std::string(name) + ": was altered since the state was saved"));
    EXPECT_EQ(read_text(folder.path() / "run" / name), text) << name;
  }
}

TEST(SavedRuns, AFileOfRecordsIsNeverFilledUpWithZeros) {
  for (const char* name : {"items.jsonl", "timing.jsonl", "metrics.jsonl"}) {
    const TemporaryFolder folder;
    const std::string out = path_in(folder, "run");
    interrupt(out);
    folder.write(std::string("run/") + name, "");
    const Ended ended = resume(out);
    EXPECT_EQ(ended.status, 1) << name;
    EXPECT_THAT(ended.err, HasSubstr(std::string(name) + ": has 0 bytes where the saved state"));
    EXPECT_THAT(ended.err, HasSubstr("so records were lost; start the run anew with --fresh"));
    EXPECT_EQ(read_text(folder.path() / "run" / name), "") << name;
  }
}

}  // namespace
}  // namespace leakprobe::cli
