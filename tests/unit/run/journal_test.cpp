#include "run/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "config/support.h"
#include "format/files.h"
#include "saved.h"

namespace leakprobe {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// A line for each step; counts how often it was asked what its file begins with.
class Steps final : public Sink {
 public:
  explicit Steps(int& beginnings) : beginnings_(beginnings) {}
  std::string beginning() override {
    ++beginnings_;
    return "steps:\n";
  }
  std::string write(const Value& record) override {
    return record.find("step") ? to_json(*record.find("step")) + "\n" : "";
  }

 private:
  int& beginnings_;
};

/// Keeps nothing in the run directory.
class Listener final : public Sink {
 public:
  explicit Listener(std::vector<std::string>& heard) : heard_(heard) {}
  std::string write(const Value& record) override {
    heard_.push_back(record.find_text("record"));
    return "";
  }

 private:
  std::vector<std::string>& heard_;
};

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() { phase_.name = "learn"; }

  std::unique_ptr<Journal> journal() {
    return std::make_unique<Journal>(
        folder_.path(),
        std::vector<JournalSink>{{std::make_shared<Steps>(beginnings_), "steps.txt"},
                                 {std::make_shared<Listener>(heard_), ""}});
  }
  void step(Journal& journal, int64_t step) { journal.step(phase_, step, StepReport(), 0.5); }
  std::string content(const char* name) const { return read_file(folder_.path() / name); }

  /// What was written when the state was saved, behind the first of two steps.
  WrittenFiles interrupted() {
    const auto journal = this->journal();
    journal->open();
    step(*journal, 0);
    WrittenFiles saved = journal->written();
    step(*journal, 1);
    return saved;
  }

  TemporaryFolder folder_;
  ComposedPhase phase_;
  int beginnings_ = 0;
  std::vector<std::string> heard_;
};

TEST_F(JournalTest, GivesEachRecordToMetricsAndEverySink) {
  const auto journal = this->journal();
  journal->open();
  step(*journal, 0);
  step(*journal, 1);
  journal->result(Value::map());
  journal->written();
  EXPECT_EQ(content("steps.txt"), "steps:\n0\n1\n");
  EXPECT_THAT(heard_, ::testing::ElementsAre("step", "step", "result"));
  EXPECT_THAT(content("metrics.jsonl"), HasSubstr("\n{\"v\":1,\"record\":\"step\""));
  EXPECT_EQ(content("items.jsonl"), "");
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    files.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(files, ::testing::UnorderedElementsAre("metrics.jsonl", "timing.jsonl", "items.jsonl",
                                                     "steps.txt"));
}

TEST_F(JournalTest, AResumedRunHasEachRecordAndTheBeginningOnce) {
  std::string metrics;
  {
    const auto whole = journal();
    whole->open();
    step(*whole, 0);
    step(*whole, 1);
    whole->written();
    metrics = content("metrics.jsonl");
  }
  beginnings_ = 0;
  const WrittenFiles saved = interrupted();
  EXPECT_EQ(content("steps.txt"), "steps:\n0\n1\n");
  const auto journal = this->journal();
  journal->open(saved);
  EXPECT_EQ(content("steps.txt"), "steps:\n0\n");
  step(*journal, 1);
  journal->written();
  EXPECT_EQ(content("steps.txt"), "steps:\n0\n1\n");
  EXPECT_EQ(content("metrics.jsonl"), metrics);
  EXPECT_EQ(beginnings_, 1);
}

TEST_F(JournalTest, SamplesHaveAFileOnceThereAreSome) {
  SampleRecord sample;
  sample.term = "against";
  std::string whole;
  {
    const auto journal = this->journal();
    journal->open();
    journal->samples({});
    EXPECT_EQ(journal->written().count("samples.jsonl"), 0u);
    EXPECT_FALSE(fs::exists(folder_.path() / "samples.jsonl"));
    journal->samples({sample, sample});
    journal->written();
    whole = content("samples.jsonl");
  }
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 2);
  WrittenFiles saved = interrupted();
  {
    const auto journal = this->journal();
    journal->open(saved);
    journal->samples({sample, sample});
    saved = journal->written();
    EXPECT_EQ(content("samples.jsonl"), whole) << "of those that no state knew of none is left";
    journal->samples({sample});
  }
  journal()->open(saved);
  EXPECT_EQ(content("samples.jsonl"), whole);
}

TEST_F(JournalTest, ASinkThatTheSavedRunDidNotHaveBeginsItsFile) {
  WrittenFiles saved = interrupted();
  saved.erase("steps.txt");
  const auto journal = this->journal();
  journal->open(saved);
  step(*journal, 1);
  journal->written();
  EXPECT_EQ(content("steps.txt"), "steps:\n1\n");
}

TEST_F(JournalTest, AFileThatIsNotWhatItWasIsRefused) {
  const WrittenFiles saved = interrupted();
  const auto refusal = [&] { return failure_of([&] { journal()->open(saved); }); };
  for (const char* name : {"metrics.jsonl", "timing.jsonl", "steps.txt"}) {
    const std::string was = content(name);
    const auto write = [&](const std::string& text) {
      std::ofstream(folder_.path() / name, std::ios::binary) << text;
    };
    std::string altered = was;
    altered[3] = static_cast<char>(altered[3] ^ 1);
    write(altered);
    EXPECT_THAT(refusal(),
                HasSubstr(std::string(name) + ": was altered since the state was saved"));
    EXPECT_EQ(content(name), altered);
    write(was.substr(0, 4));
    EXPECT_THAT(refusal(), HasSubstr(std::string(name) + ": has 4 bytes where the saved state"));
    fs::remove(folder_.path() / name);
    EXPECT_THAT(refusal(), HasSubstr(std::string(name) + ": is gone, so records were lost"));
    EXPECT_FALSE(fs::exists(folder_.path() / name));
    write(was);
    EXPECT_EQ(refusal(), "");
  }
}

}  // namespace
}  // namespace leakprobe
