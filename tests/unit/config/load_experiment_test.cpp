#include "config/load_experiment.h"

#include <gtest/gtest.h>

#include "config/support.h"

namespace leakprobe {
namespace {

class LoadExperiment : public testing::Test {
 protected:
  /// The experiment as JSON after what was reported, if anything was.
  std::string load(const std::string& name, const std::vector<std::string>& overrides = {}) {
    Diagnostics diagnostics;
    experiment_ = load_experiment(folder_.path() / name, overrides, diagnostics);
    return folder_.shorten(texts(diagnostics)) +
           (experiment_.is_null() ? "" : to_json(experiment_));
  }

  TemporaryFolder folder_;
  Value experiment_;
};

TEST_F(LoadExperiment, TakesOverOtherFilesRelativeToWhereTheyAreNamed) {
  folder_.write("a.yaml", "extends: sub/b.yaml\nx: 1\n");
  folder_.write("sub/b.yaml", "extends: c.yaml\nx: 2\ny: 2\n");
  folder_.write("sub/c.yaml", "x: 3\ny: 3\nz: ../d\n");
  EXPECT_EQ(load("a.yaml"), R"({"x":1,"y":2,"z":"../d"})");
  EXPECT_EQ(experiment_.find("z")->place.file, (folder_.path() / "sub/c.yaml").string());
}

TEST_F(LoadExperiment, AKeyStandsWhereTheValueIsThatCounts) {
  folder_.write("a.yaml", "extends: b.yaml\nx: {p: 1}\n");
  folder_.write("b.yaml", "extends: c.yaml\nx: {y: 2}\n");
  folder_.write("c.yaml", "x: {y: 3, z: 3}\n");
  const auto places = [&](const std::vector<std::string>& overrides) {
    load("a.yaml", overrides);
    std::string text;
    for (const Value::Entry& entry : experiment_.at("x").entries()) {
      text += entry.key + " " + to_string(entry.place) + "\n";
    }
    return folder_.shorten(text);
  };
  EXPECT_EQ(places({}), "y b.yaml:2:5\nz c.yaml:1:11\np a.yaml:2:5\n");
  EXPECT_EQ(places({"x.z=4"}), "y b.yaml:2:5\nz <command line> x.z=4\np a.yaml:2:5\n");
}

TEST_F(LoadExperiment, APatternIsNoNameOfFiles) {
  folder_.write("arms/a.yaml", "x: 1\n");
  folder_.write("a.yaml", "extends: arms/*.yaml\nx: 1\n");
  EXPECT_EQ(load("a.yaml"),
            "a.yaml:1:10: error: extends: there is no file 'arms/*.yaml'\n"
            "    hint: 'extends' takes names of files and no patterns; list them in the order in "
            "which each lies over those before: [a.yaml, b.yaml]\n"
            R"({"x":1})");
}

TEST_F(LoadExperiment, TakesOverListsOfFilesInAnyMapping) {
  folder_.write("a.yaml",
                "phases:\n- extends: [p.yaml, q.yaml]\n  steps: 1\noptimizer: {extends: o.yaml}\n");
  folder_.write("p.yaml", "{name: p, type: suppress, pairs: x, batch: 2}");
  folder_.write("q.yaml", "{type: joint, steps: 3, terms: {}}");
  folder_.write("o.yaml", "{type: adamw, lr: 1}");
  EXPECT_EQ(load("a.yaml"),
            R"({"phases":[{"name":"p","type":"joint","batch":2,"steps":1,"terms":{}}],)"
            R"("optimizer":{"type":"adamw","lr":1}})");
}

TEST_F(LoadExperiment, OneFileMayBeTakenOverTwice) {
  folder_.write("a.yaml", "{x: {extends: p.yaml, v: 1}, y: {extends: p.yaml, v: 2}}");
  folder_.write("p.yaml", "{v: 0, w: 0}");
  EXPECT_EQ(load("a.yaml"), R"({"x":{"v":1,"w":0},"y":{"v":2,"w":0}})");
}

TEST_F(LoadExperiment, NullRemovesWhatWasTakenOver) {
  folder_.write("a.yaml", "{extends: b.yaml, x: null, y: {z: ~}, never: null}");
  folder_.write("b.yaml", "{x: 1, y: {z: 1, u: 1}}");
  EXPECT_EQ(load("a.yaml"), R"({"y":{"u":1}})");
}

TEST_F(LoadExperiment, AppliesOverridesInTheirOrder) {
  folder_.write("a.yaml", "{seed: 0, model: {path: x}}");
  folder_.write("m.yaml", "{path: y, tokenizer: t}");
  EXPECT_EQ(load("a.yaml", {"seed=2", "model.path=null", "model.shape=s"}),
            R"({"seed":2,"model":{"shape":"s"}})");
  EXPECT_EQ(load("a.yaml", {"model.extends=" + (folder_.path() / "m.yaml").string()}),
            R"({"seed":0,"model":{"path":"y","tokenizer":"t"}})");
  EXPECT_EQ(load("a.yaml", {"extends=" + (folder_.path() / "m.yaml").string()}),
            R"({"seed":0,"model":{"path":"x"},"path":"y","tokenizer":"t"})");
}

TEST_F(LoadExperiment, ReportsEveryMistakeOfAllFiles) {
  folder_.write("a.yaml", "extends: b.yaml\nx: 1\nx: 2\n");
  folder_.write("b.yaml", "y: {z: 1, z: 2}\n");
  EXPECT_EQ(load("a.yaml", {"x"}),
            "a.yaml:3:1: error: x: the key is given twice, first at line 2\n"
            "    hint: remove one of them\n"
            "b.yaml:1:11: error: y.z: the key is given twice, first at line 1\n"
            "    hint: remove one of them\n"
            "<command line> x: error: expected key=value\n"
            "    hint: write it as in optimizer.lr=1e-4\n"
            R"({"y":{"z":1},"x":1})");
}

TEST_F(LoadExperiment, ReportsCircles) {
  folder_.write("a.yaml", "extends: b.yaml\n");
  folder_.write("b.yaml", "phases: [{extends: ./c.yaml}]\n");
  folder_.write("c.yaml", "{name: c, extends: b.yaml}\n");
  EXPECT_EQ(load("a.yaml"),
            "c.yaml:1:20: error: phases.extends: files that extend one another in a circle: "
            "b.yaml -> c.yaml -> b.yaml\n"
            R"({"phases":[{"name":"c"}]})");
  folder_.write("self.yaml", "{extends: self.yaml, x: 1}\n");
  EXPECT_EQ(load("self.yaml"),
            "self.yaml:1:11: error: extends: files that extend one another in a circle: "
            "self.yaml -> self.yaml\n"
            R"({"x":1})");
}

TEST_F(LoadExperiment, ReportsFilesThatCannotBeTakenOver) {
  folder_.write("a.yaml", "extends: [none.yaml, folder, list.yaml, 3, '', empty.yaml]\nx: 1\n");
  folder_.write("folder/x", "");
  folder_.write("list.yaml", "[1]");
  folder_.write("empty.yaml", "");
  EXPECT_EQ(load("a.yaml"),
            "a.yaml:1:11: error: extends: there is no file 'none.yaml'\n"
            "    hint: looked for none.yaml\n"
            "a.yaml:1:22: error: folder: is a folder where a file is needed; give the file in it\n"
            "a.yaml:1:30: error: extends: the file 'list.yaml' holds a list where a mapping is "
            "needed\n"
            "a.yaml:1:41: error: extends: expected the name of a file, found the number 3\n"
            "a.yaml:1:44: error: extends: expected the name of a file, found ''\n"
            "empty.yaml: error: there is nothing in the file\n"
            R"({"x":1})");
}

TEST_F(LoadExperiment, ReportsAMainFileThatCannotBeRead) {
  EXPECT_EQ(load("none.yaml"),
            "none.yaml: error: cannot be opened: No such file or directory; check the path\n");
  folder_.write("folder/x", "");
  EXPECT_EQ(load("folder"),
            "folder: error: is a folder where a file is needed; give the file in it\n");
  folder_.write("large.yaml", "# " + std::string(2'000'000, 'x'));
  EXPECT_EQ(load("large.yaml"),
            "large.yaml: error: is larger than 1048576 bytes, the most that is read here; check "
            "that it is the right file\n");
  folder_.write("text.yaml", "only text");
  EXPECT_EQ(load("text.yaml"),
            "text.yaml:1:1: error: an experiment is a mapping, found 'only text'\n"
            "    hint: write 'key: value'\n");
}

TEST_F(LoadExperiment, LongChainsAndBombsOfFilesAreRefused) {
  for (int i = 0; i < 40; ++i) {
    folder_.write(std::to_string(i) + ".yaml", "extends: " + std::to_string(i + 1) + ".yaml\n");
  }
  EXPECT_NE(load("0.yaml").find("too many files that extend one another"), std::string::npos);
  for (int i = 0; i < 20; ++i) {
    std::string text = "extends: [";
    for (int k = 0; k < 10; ++k) text += "b" + std::to_string(i + 1) + ".yaml, ";
    folder_.write("b" + std::to_string(i) + ".yaml", text + "]\n");
  }
  folder_.write("b20.yaml", "x: 1\n");
  EXPECT_NE(load("b0.yaml").find("too many files that extend one another"), std::string::npos);
}

TEST_F(LoadExperiment, DepthIsLimitedOverAllFiles) {
  std::string deep = "extends: d.yaml";
  for (int i = 0; i < 40; ++i) deep = "{a: " + std::string(i == 0 ? "{" + deep + "}" : deep) + "}";
  folder_.write("a.yaml", deep);
  std::string inner = "1";
  for (int i = 0; i < 40; ++i) inner = "{a: " + inner + "}";
  folder_.write("d.yaml", inner);
  EXPECT_NE(load("a.yaml").find("more than 64 mappings and lists inside one another, counting "
                                "'extends'"),
            std::string::npos);
}

TEST_F(LoadExperiment, CasesOfASweepStandForThePartsTheyChange) {
  folder_.write("a.yaml",
                "x: 1\nsweep:\n  axis: {with: {}, without: {extends: b.yaml, x: null}}\n"
                "  objectives.against: [{extends: o.yaml}]\n  gone: null\n");
  folder_.write("b.yaml", "phases: [{name: p, skip: true}]\n");
  folder_.write("o.yaml", "{type: dpo}");
  EXPECT_EQ(load("a.yaml"),
            R"({"x":1,"sweep":{"axis":{"with":{},"without":{"phases":[{"name":"p","skip":true}],)"
            R"("x":null}},"objectives.against":[{"type":"dpo"}],"gone":null}})");
}

TEST_F(LoadExperiment, TheCommandLineSetsAKeyOnce) {
  folder_.write("a.yaml",
                "optimizer: {type: adamw, lr: 1}\nphases: [{name: a, steps: 1}]\nx: [1, 2]\n");
  const auto problems = [&](const std::vector<std::string>& overrides) {
    Diagnostics diagnostics;
    load_experiment(folder_.path() / "a.yaml", overrides, diagnostics);
    return texts(diagnostics);
  };
  EXPECT_EQ(problems({"optimizer.lr=1", "optimizer.lr=2"}),
            "<command line> optimizer.lr=2: error: optimizer.lr: is set twice, first by <command "
            "line> optimizer.lr=1\n    hint: give it once\n");
  EXPECT_NE(problems({"optimizer={lr: 2}", "optimizer.lr=3"}), "");
  EXPECT_NE(problems({"optimizer.lr=3", "optimizer=null"}), "");
  EXPECT_NE(problems({"phases.a.steps=2", "phases=[{name: a, steps: 3}]"}), "");
  EXPECT_NE(problems({"x.0=2", "x.00=3"}), "");
  EXPECT_EQ(problems({"optimizer.lr=3", "optimizer.type=sgd"}),
            "<command line> optimizer.type=sgd: error: optimizer.type: takes away what was set "
            "before it, by <command line> optimizer.lr=3\n    hint: give it first\n");
  EXPECT_EQ(problems({"optimizer.type=sgd", "optimizer.lr=3", "phases.a.steps=2", "seed=1"}), "");
  EXPECT_EQ(problems({"seed=1", "seed=1"}), "") << "the same";
  folder_.write("b.yaml", "steps: 7\nbatch: 2\n");
  const std::string b = (folder_.path() / "b.yaml").string();
  EXPECT_EQ(problems({"phases.a.extends=" + b, "phases.a.steps=3"}), "")
      << "a file is there to be changed";
  EXPECT_NE(problems({"phases.a.steps=3", "phases.a.extends=" + b}), "");
}

TEST_F(LoadExperiment, TheCommandLineSetsNothingThatASweepSets) {
  folder_.write("a.yaml",
                "optimizer: {lr: 1}\nphases: [{name: a, steps: 1}]\n"
                "sweep:\n  optimizer.lr: [1, 2]\n  seed: {range: [0, 3]}\n"
                "  arm: {x: {phases: [{name: a, steps: 3}]}, y: {}}\n");
  const auto problems = [&](const std::vector<std::string>& overrides) {
    Diagnostics diagnostics;
    load_experiment(folder_.path() / "a.yaml", overrides, diagnostics);
    return folder_.shorten(texts(diagnostics));
  };
  EXPECT_EQ(problems({"seed=3"}),
            "<command line> seed=3: error: seed: the sweep's axis 'seed' sets it (a.yaml:5:3), so "
            "that this value would not hold\n    hint: give the axis other values with "
            "sweep.seed=[...], or take it away with sweep.seed=null\n");
  EXPECT_NE(problems({"optimizer={lr: 3}"}), "");
  EXPECT_EQ(problems({"phases.a.steps=4"}),
            "<command line> phases.a.steps=4: error: phases.a.steps: the sweep's case arm=x sets "
            "it (a.yaml:6:39), so that this value would not hold\n    hint: change the case with "
            "sweep.arm.x.phases.a.steps=..., or take the axis away with sweep.arm=null\n");
  EXPECT_EQ(problems({"phases.a.batch=4", "sweep.seed=[7]", "optimizer.weight_decay=0"}), "");
  EXPECT_EQ(problems({"sweep.seed=null", "seed=3"}), "");
  EXPECT_EQ(problems({"sweep=null", "seed=3", "optimizer.lr=3"}), "");
}

}  // namespace
}  // namespace leakprobe
