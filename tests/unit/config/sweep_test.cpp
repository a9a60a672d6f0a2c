#include "config/sweep.h"

#include <gtest/gtest.h>

#include "config/support.h"

namespace leakprobe {
namespace {

const char* const kBase =
    "seed: 0\nmodel: {path: x}\nobjectives: {against: {type: dpo, beta: 0.1}}\n"
    "phases: [{name: suppress, type: suppress, freeze: {type: upper, fraction: 0.5}}]\n"
    "sweep:\n  ";

std::vector<SweepPoint> points_of(const Value& experiment, Diagnostics& diagnostics) {
  std::vector<SweepPoint> points;
  for_each_point(experiment, parse_sweep(experiment, diagnostics), diagnostics,
                 [&](SweepPoint point) { points.push_back(std::move(point)); });
  return points;
}

std::vector<SweepPoint> points_of(const std::string& sweep) {
  Diagnostics diagnostics;
  std::vector<SweepPoint> points = points_of(yaml(kBase + sweep), diagnostics);
  EXPECT_EQ(texts(diagnostics), "");
  return points;
}

std::string problems_of(const std::string& sweep) {
  const Value experiment = yaml(kBase + sweep);
  Diagnostics diagnostics;
  parse_sweep(experiment, diagnostics);
  return texts(diagnostics);
}

std::vector<std::string> labels_of(const std::string& sweep) {
  std::vector<std::string> labels;
  for (const SweepPoint& point : points_of(sweep)) labels.push_back(point.label);
  return labels;
}

using Labels = std::vector<std::string>;

TEST(Sweep, AxesMultiplyAndTheLastChangesFastest) {
  EXPECT_EQ(
      labels_of("{freezing: {with: {}, without: {}}, seed: {range: [3, 5]}}"),
      (Labels{"freezing=with, seed=3", "freezing=with, seed=4", "freezing=with, seed=5",
              "freezing=without, seed=3", "freezing=without, seed=4", "freezing=without, seed=5"}));
  EXPECT_EQ(labels_of("{seed: {range: [0, 7], step: 3}}"), (Labels{"seed=0", "seed=3", "seed=6"}));
  EXPECT_EQ(labels_of("{seed: {range: [9223372036854775806, 9223372036854775807]}}").size(), 2u);
  EXPECT_EQ(labels_of("{seed: {range: [-1, 1]}}"), (Labels{"seed=-1", "seed=0", "seed=1"}));
}

TEST(Sweep, WithoutAxesThereIsOnePoint) {
  const Value experiment = yaml("{seed: 0}");
  Diagnostics diagnostics;
  const auto points = points_of(experiment, diagnostics);
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].label, "");
  EXPECT_EQ(points[0].experiment, experiment);
}

TEST(Sweep, PathsReachIntoListsByName) {
  const auto points = points_of("{phases.suppress.freeze.fraction: [0.25, 1]}");
  ASSERT_EQ(points.size(), 2u);
  const Value& freeze = *points[1].experiment.find("phases")->as_list()[0].find("freeze");
  EXPECT_EQ(to_json(freeze), R"({"type":"upper","fraction":1})");
  EXPECT_EQ(points[1].experiment.find("sweep"), nullptr);
}

TEST(Sweep, CasesMergeLikeExtends) {
  const auto points = points_of(
      "{variant: {none: {phases: [{name: suppress, freeze: {type: none}}], model: null}, more: "
      "{phases: [{name: elicit, type: joint}]}}}");
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(to_json(*points[0].experiment.find("phases")),
            R"([{"name":"suppress","type":"suppress","freeze":{"type":"none"}}])");
  EXPECT_EQ(points[0].experiment.find("model"), nullptr);
  EXPECT_EQ(points[1].experiment.find("phases")->as_list().size(), 2u);
  EXPECT_EQ(points[1].labels,
            (std::vector<std::pair<std::string, std::string>>{{"variant", "more"}}));
}

TEST(Sweep, PluginsAreLabelledByTypeUnlessTheyHaveOptions) {
  EXPECT_EQ(labels_of("{objectives.against: [{type: dpo}, {type: npo, beta: 0.2}]}"),
            (Labels{"objectives.against=dpo", R"(objectives.against={"type":"npo","beta":0.2})"}));
  EXPECT_EQ(labels_of("{model.path: [null, y]}"), (Labels{"model.path=null", "model.path=y"}));
}

TEST(Sweep, SaysWhatIsWrong) {
  EXPECT_EQ(problems_of("[1]"),
            "test.yaml:6:3: error: sweep: expected a mapping of axes, found a list\n");
  EXPECT_EQ(problems_of("{seed: 3}"),
            "test.yaml:6:10: error: sweep.seed: expected a list of values, {range: [first, last]} "
            "or named cases, found the number 3\n    hint: write [...], also around one value\n");
  EXPECT_EQ(problems_of("{seed: []}"),
            "test.yaml:6:10: error: sweep.seed: an axis without cases\n    hint: give at least "
            "one\n");
  EXPECT_EQ(problems_of("{seed: [1, 1]}"),
            "test.yaml:6:14: error: sweep.seed: the case '1' is given twice\n"
            "    hint: remove one of them\n");
  EXPECT_EQ(problems_of("{seed: {range: [1, 0]}}"),
            "test.yaml:6:18: error: sweep.seed.range: the first value is above the last\n");
  EXPECT_EQ(problems_of("{seed: {range: [0.1, 0.5]}}"),
            "test.yaml:6:18: error: sweep.seed.range: expected two integers, [first, last]\n"
            "    hint: list values that are not integers: [0.1, 0.2]\n");
  EXPECT_EQ(problems_of("{seed: {range: [1, 2], stp: 2}}"),
            "test.yaml:6:26: error: sweep.seed.stp: unknown key 'stp'\n"
            "    hint: did you mean 'step'?\n");
  EXPECT_EQ(problems_of("{seed: {range: [1, 2], step: 0}}"),
            "test.yaml:6:32: error: sweep.seed.step: must be an integer that is at least 1, found "
            "the number 0\n");
  EXPECT_EQ(problems_of("{lr: {low: 1, high: {}}}"),
            "test.yaml:6:14: error: sweep.lr.low: a case is a part of an experiment, a mapping; "
            "found the number 1\n    hint: give the values of one path as a list: lr: [...]\n");
  EXPECT_EQ(problems_of("{phases.supress.skip: [true]}"),
            "test.yaml:6:26: error: phases.supress.skip: 'phases' has no entry 'supress'\n"
            "    hint: did you mean 'suppress'?\n");
  EXPECT_EQ(problems_of("{a: {b: {sweep: {}}}}"),
            "test.yaml:6:19: error: sweep.a: a sweep inside a sweep\n"
            "    hint: make it an axis of its own\n");
}

TEST(Sweep, OneKeyIsSetByOneAxis) {
  const std::string hint = "    hint: let one axis set it\n";
  EXPECT_EQ(problems_of("{objectives.against.beta: [1, 2], arm: {fast: {objectives: {against: "
                        "{beta: 3}}}, slow: {}}}"),
            "test.yaml:6:79: error: objectives.against.beta: is set by the axis 'arm', and the "
            "axis 'objectives.against.beta' sets 'objectives.against.beta' (test.yaml:6:30)\n" +
                hint);
  EXPECT_EQ(problems_of("{seed: [1, 2], arm: {a: {seed: 3}, b: {}}}"),
            "test.yaml:6:34: error: seed: is set by the axis 'arm', and the axis 'seed' sets "
            "'seed' (test.yaml:6:11)\n" +
                hint);
  EXPECT_EQ(problems_of("{objectives.against: [{type: dpo}, {type: npo}], "
                        "objectives.against.beta: [1, 2]}"),
            "test.yaml:6:78: error: objectives.against.beta: is set by the axis "
            "'objectives.against.beta', and the axis 'objectives.against' sets "
            "'objectives.against' (test.yaml:6:25)\n" +
                hint);
  EXPECT_NE(problems_of("{phases.suppress.freeze.fraction: [0, 1], arm: {a: {phases: [{name: "
                        "suppress, freeze: {fraction: 0.2}}]}}}"),
            "")
      << "entries of lists have one name, however they are reached";
  EXPECT_NE(problems_of("{a: {x: {model: {path: u}}}, b: {y: {model: {path: v}}}}"), "");
  EXPECT_NE(problems_of("{a: {x: {model: null}}, b: {y: {model: {path: v}}}}"), "");
}

TEST(Sweep, AxesThatSetOtherPartsOfOneThingAreIndependent) {
  EXPECT_EQ(labels_of("{objectives.against.beta: [1], arm: {a: {objectives: {against: {loss: x}}, "
                      "phases: [{name: suppress, steps: 3}]}}, phases.suppress.freeze.fraction: "
                      "[1]}"),
            (Labels{"objectives.against.beta=1, arm=a, phases.suppress.freeze.fraction=1"}));
  EXPECT_EQ(labels_of("{a: {x: {seed: 1}}, b: {y: {seed: 1}}}"), (Labels{"a=x, b=y"}))
      << "the same value";
}

TEST(Sweep, ACaseMayNotTakeAwayWhatAnAxisBeforeItSet) {
  const std::string arms = "arm: {dpo: {}, npo: {objectives: {against: {type: npo}}}}";
  const Value experiment = yaml(kBase + ("{objectives.against.beta: [1, 2], " + arms + "}"));
  Diagnostics diagnostics;
  points_of(experiment, diagnostics);
  EXPECT_EQ(texts(diagnostics),
            "test.yaml:6:30: error: objectives.against.beta: what the sweep's case "
            "objectives.against.beta=1 sets is taken away by arm=npo, which comes after it\n"
            "    hint: a new 'type' drops the options of the old one: put the axis 'arm' before "
            "'objectives.against.beta'\n"
            "test.yaml:6:33: error: objectives.against.beta: what the sweep's case "
            "objectives.against.beta=2 sets is taken away by arm=npo, which comes after it\n"
            "    hint: a new 'type' drops the options of the old one: put the axis 'arm' before "
            "'objectives.against.beta'\n");
  EXPECT_EQ(labels_of("{" + arms + ", objectives.against.beta: [1, 2]}").size(), 4u);
}

TEST(Sweep, EqualNumbersAreOneCase) {
  EXPECT_EQ(problems_of("{objectives.against.beta: [0, 0.0]}"),
            "test.yaml:6:33: error: sweep.objectives.against.beta: the case '0.0' is given twice\n"
            "    hint: remove one of them\n");
  EXPECT_NE(problems_of("{objectives.against.beta: [0.0, 0]}"), "");
  EXPECT_NE(problems_of("{objectives.against.beta: [-0.0, 0.0]}"), "");
  EXPECT_NE(problems_of("{objectives.against.beta: [100, 1e2]}"), "");
}

TEST(Sweep, FilesAreTakenOverByCases) {
  EXPECT_EQ(problems_of("{extends: [a.yaml, b.yaml]}"),
            "test.yaml:6:13: error: sweep.extends: files are taken over before a sweep is made of "
            "what they say\n    hint: give an axis with cases, such as {a: {extends: a.yaml}, b: "
            "{extends: b.yaml}}\n");
}

TEST(Sweep, PathsHaveAnEnd) {
  std::string path = "a";
  for (int i = 1; i < 900; ++i) path += ".a";
  EXPECT_EQ(problems_of("{? " + path + "\n  : [1, 2]}"),
            "test.yaml:6:6: error: a.a.a.a.a.a.a.a...: the path has 900 parts, more than 64\n"
            "    hint: nothing in an experiment lies so deep\n");
}

TEST(Sweep, TooManyCombinationsAreRefused) {
  EXPECT_EQ(problems_of("{seed: {range: [-9223372036854775808, 9223372036854775807]}}"),
            "test.yaml:6:18: error: sweep.seed.range: more than 10000 values\n");
  EXPECT_EQ(problems_of("{seed: {range: [1, 101]}, batch: {range: [1, 100]}}"),
            "test.yaml:6:3: error: sweep: more than 10000 combinations of all axes\n"
            "    hint: sweep fewer values at once\n");
}

}  // namespace
}  // namespace leakprobe
