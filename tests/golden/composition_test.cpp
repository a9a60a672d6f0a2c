#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "compose/compose.h"
#include "config/load_experiment.h"
#include "config/sweep.h"
#include "leakprobe/host/workbench.h"
#include "leakprobe/tensors.h"
#include "model/survey.h"
#include "run/phase_digest.h"
#include "step/pass_size.h"
#include "support/run_helpers.h"
#include "workbench/experiment.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing_support::fresh_folder;
using testing_support::registry;
using testing_support::source_folder;

fs::path written(const std::string& name, const std::string& text) {
  const fs::path file = fresh_folder("composition") / (name + ".yaml");
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

/// The composition of a file; fails the test with its diagnostics where there are errors.
std::optional<Composition> composed(const fs::path& file,
                                    const std::vector<std::string>& overrides = {}) {
  Diagnostics diagnostics;
  auto composition = compose_file({file, overrides}, registry(), diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    if (diagnostic.severity == Diagnostic::Severity::error) ADD_FAILURE() << diagnostic.text();
  }
  return composition;
}

std::string example(const std::string& name) {
  return (source_folder() / "examples" / name).string();
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, ComposesAndItsResolvedFormComposesToItself) {
  setenv("HF_HUB_CACHE", "/nonexistent/hub", 1);
  const auto first = composed(example(GetParam() + ".yaml"));
  ASSERT_TRUE(first);
  const auto second = composed(written("config", to_yaml(first->resolved)));
  ASSERT_TRUE(second);
  EXPECT_EQ(to_yaml(first->resolved), to_yaml(second->resolved));
  EXPECT_EQ(first->resolved, second->resolved);
  EXPECT_EQ(first->digest, second->digest);
  // A sweep plans with the one, and its runs read the other.
  EXPECT_EQ(phase_digests(*first, registry()), phase_digests(*second, registry()));
}

INSTANTIATE_TEST_SUITE_P(
    , Example,
    testing::Values("tiny", "password/quick", "password/paper", "password/no_freeze",
                    "password/no_prefix", "password/attacks", "password/control_tokens",
                    "password/relearning", "canaries/canaries", "texts/quick", "password/smollm2",
                    "password/models/70m", "password/models/410m", "password/models/1b",
                    "password/figures/fig2_held_out", "password/figures/fig3_models",
                    "password/figures/fig4_ablation", "password/figures/fig5_curves",
                    "password/figures/small/fig2_held_out", "password/figures/small/fig3_models",
                    "password/figures/small/fig4_ablation", "password/figures/small/fig5_curves"),
    [](const auto& test) {
      std::string name = test.param;
      for (char& c : name) c = c == '/' ? '_' : c;
      return name;
    });

TEST(Composition, OfOtherClaimsHasTheSamePhases) {
  const auto phases = [](const std::string& set) {
    const auto made = composed(written(
        set, "extends: " + example("tiny.yaml") +
                 "\nclaim: null\nclaims:\n  - {name: a, set: useful, phase: elicit}\n  - {name: b, "
                 "set: " +
                 set + ", phase: elicit, minus: nothing}\n"));
    return made ? phase_digests(*made, registry()) : std::vector<std::string>{set};
  };
  EXPECT_EQ(phases("useful"), phases("held_out"));
}

/// The digest of each point of a sweep, by its label.
std::map<std::string, std::string> digests_of_sweep(const std::string& file) {
  Diagnostics diagnostics;
  const Value experiment = load_experiment(file, {}, diagnostics);
  std::map<std::string, std::string> digests;
  const std::vector<SweepAxis> axes = parse_sweep(experiment, diagnostics);
  for_each_point(experiment, axes, diagnostics, [&](const SweepPoint& point) {
    const auto composition = compose(point.experiment, registry(), diagnostics);
    digests[point.label] = composition ? composition->digest : "";
  });
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.sorted().front().text();
  return digests;
}

TEST(Composition, OfThePapersFiguresSharesTheRunsOfTheirCommonArm) {
  setenv("HF_HUB_CACHE", "/nonexistent/hub", 1);
  for (const auto& [folder, base, share, model, points] :
       {std::tuple("password/figures/", "password/paper.yaml", "0.05", "pythia=160M",
                   45 + 20 + 20 + 8),
        std::tuple("password/figures/small/", "password/quick.yaml", "0.125", "parameters=4.7M",
                   9 + 9 + 12 + 8)}) {
    const std::string digest = composed(example(base))->digest;
    const auto sweep = [&](const char* name) {
      return digests_of_sweep(example(std::string(folder) + name));
    };
    auto shares = sweep("fig2_held_out.yaml"), models = sweep("fig3_models.yaml");
    auto arms = sweep("fig4_ablation.yaml"), curves = sweep("fig5_curves.yaml");
    EXPECT_EQ(curves["seed=7"], digest);
    EXPECT_EQ(shares["task.held_out=" + std::string(share) + ", seed=2"], digest);
    EXPECT_EQ(models[model + std::string(", seed=2")], digest);
    EXPECT_EQ(arms["prefix=with, freezing=with, seed=2"], digest);
    std::set<std::string> different;
    for (const auto* all : {&shares, &models, &arms, &curves}) {
      for (const auto& [label, one] : *all) different.insert(one);
    }
    // Shares, models and arms, one of each being the common one.
    EXPECT_EQ(different.size(), share == std::string("0.05") ? 1u + 8 + 3 + 3 : 1u + 2 + 2 + 3);
    EXPECT_EQ(shares.size() + models.size() + arms.size() + curves.size(),
              static_cast<size_t>(points));
  }
}

TEST(Composition, HasTheSizesOfThePaper) {
  const auto paper = composed(example("password/paper.yaml"));
  ASSERT_TRUE(paper);
  ASSERT_EQ(paper->phases.size(), 3u);
  EXPECT_EQ(paper->phases[0].steps, 64);
  EXPECT_EQ(paper->phases[1].steps, 1200);
  EXPECT_EQ(paper->phases[2].steps, 1200);
  for (const ComposedTerm& term : paper->phases[2].terms) EXPECT_EQ(term.items, 153600);
  EXPECT_EQ(paper->phases[2].from.phase, "suppress");
  EXPECT_EQ(paper->phases[2].terms[0].term.reference.phase, "calibrate");
  EXPECT_FALSE(paper->model.missing.empty());
}

TEST(Composition, OfAQuickRunStopsWithinAPassWhereStepsSaySo) {
  const auto quick = composed(example("password/quick.yaml"));
  ASSERT_TRUE(quick);
  EXPECT_EQ(quick->phases[0].steps, 64);
  EXPECT_EQ(quick->phases[1].steps, 800);
  EXPECT_EQ(quick->phases[2].steps, 600);
  EXPECT_EQ(quick->phases[2].terms[0].items, 12800);
  EXPECT_EQ(quick->phases[2].terms[1].items, 600 * 16);
  EXPECT_EQ(quick->model.vocab_size, 28);
}

TEST(Composition, TakesRandomWeightsOfAShapeInPlaceOfAPath) {
  const auto paper =
      composed(example("password/paper.yaml"), {"model.shape=pythia-160m", "model.path=null"});
  ASSERT_TRUE(paper);
  EXPECT_TRUE(paper->model.missing.empty());
  EXPECT_EQ(paper->model.vocab_size, 50304);
  EXPECT_EQ(paper->model.model.facts().blocks, 12);
  const Value& model = *paper->resolved.find("model");
  EXPECT_EQ(model.find("hidden_size")->place.file, model.find("num_hidden_layers")->place.file);
  EXPECT_EQ(model.find("hidden_size")->place.file, "<command line> model.shape=pythia-160m");
}

TEST(Composition, DigestIgnoresWhatDoesNotChangeTheOutcome) {
  const std::string quick = example("password/quick.yaml");
  const auto plain = composed(quick);
  const auto renamed =
      composed(quick, {"name=other", "seed=4", "threads=1", "sinks=[]", "checkpoints.keep=none"});
  const auto changed = composed(quick, {"optimizer.lr=1e-4"});
  ASSERT_TRUE(plain && renamed && changed);
  EXPECT_EQ(plain->digest.size(), 16u);
  EXPECT_EQ(plain->digest, renamed->digest);
  EXPECT_NE(plain->digest, changed->digest);
}

TEST(Composition, ResolvedSaysWhereEachValueCameFrom) {
  const auto quick = composed(example("password/quick.yaml"), {"batch=8"});
  ASSERT_TRUE(quick);
  const Value& resolved = quick->resolved;
  EXPECT_TRUE(resolved.find("batch")->place.file.starts_with("<command line>"));
  EXPECT_TRUE(resolved.find("task")->find("negatives")->place.file.ends_with("quick.yaml"));
  EXPECT_TRUE(resolved.find("task")->find("length")->place.file.ends_with("base.yaml"));
  EXPECT_TRUE(resolved.find("compute")->place.file.empty());
  const Value& suppress = resolved.find("phases")->as_list()[1];
  EXPECT_TRUE(suppress.find("freeze")->find("fraction")->place.file.ends_with("suppress.yaml"));
  EXPECT_EQ(suppress.find("steps")->place.line, 0);
  EXPECT_EQ(suppress.find("objective")->as_string(), "against");
  EXPECT_EQ(suppress.find("pairs")->as_string(), "pairs");
}

/// Experiments of the design's list that need no plugin to come: each must compose.
class DesignedExperiment : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(DesignedExperiment, Composes) {
  const std::string base = "extends: " + example("password/quick.yaml") + "\n";
  EXPECT_TRUE(composed(written(GetParam().first, base + GetParam().second)));
}

INSTANTIATE_TEST_SUITE_P(
    , DesignedExperiment,
    testing::Values(
        std::pair("fig2_held_out",
                  "sweep: {task.held_out: [0.125, 0.25, 0.375], seed: {range: [0, 4]}}\n"),
        std::pair("fig4_ablation",
                  "sweep:\n"
                  "  prefix: {with: {}, without: {task: {prefixes: {regular: '', reverse: ''}}, "
                  "phases: [{name: elicit, waive: [recovered]}]}}\n"
                  "  freezing: {with: {}, without: {phases: [{name: suppress, freeze: {type: "
                  "none}}]}}\n"
                  "  seed: {range: [0, 4]}\n"),
        std::pair("tuning",
                  "sweep:\n"
                  "  objectives.against.beta: [0.025, 0.1, 0.4, 1.6]\n"
                  "  optimizer.lr: [2e-5, 1e-4, 4e-4]\n"
                  "  phases.elicit.terms.dpo.weight: [0, 0.2, 1]\n"
                  "  phases.suppress.skip: [false, true]\n"),
        std::pair("which_objective",
                  "sweep: {objectives.against: [{type: dpo}, {type: ipo}], seed: {range: [0, "
                  "4]}}\n"),
        std::pair(
            "relearning_attack",
            "phases:\n"
            "  - {name: elicit, skip: true}\n"
            "  - {name: relearn, type: finetune, from: suppress, rows: {set: useful, items: "
            "[0, 64], prefix: regular, repeat: 20}}\n"
            "  - {name: relearn_control, type: finetune, from: calibrate, rows: {set: useful, "
            "items: [0, 64], prefix: regular, repeat: 20}}\n"
            "probes: [{name: curve, type: likelihood, every: 1, phases: [relearn, "
            "relearn_control], rows: 128, sets: [held_out, control], prefixes: [regular]}]\n"
            "claim: {measure: likelihood, set: held_out, prefix: regular, phase: relearn, at: "
            "maximum, minus: {phase: relearn_control}}\n"),
        std::pair(
            "control_tokens",
            "task: {prefixes: {good: ' good', bad: ' bad'}, roles: {held_out: "
            "{never_positive: [good]}}}\n"
            "phases:\n"
            "  - name: train\n"
            "    type: joint\n"
            "    terms:\n"
            "      good: {objective: {type: cross_entropy}, rows: {set: random, prefix: "
            "good}}\n"
            "      bad: {objective: {type: cross_entropy}, rows: {set: [useful, held_out], "
            "repeat: 60, prefix: bad}}\n"
            "claim: {measure: likelihood, set: held_out, minus: control, prefix: good, phase: "
            "train, at: maximum}\n"),
        std::pair("variants_of_one_start",
                  "sweep: {variant: {base: {}, strong: {phases: [{name: elicit, terms: {useful: "
                  "{weight: 1}}}]}, attention_only: {phases: [{name: elicit, freeze: {type: regex, "
                  "trainable: attention}}]}}}\n")),
    [](const auto& test) { return std::string(test.param.first); });

std::vector<ParameterInfo> parameters_of(const Composition& composition) {
  const PluginChoice& model = *composition.model.model;
  return survey_parameters(*registry().find(Kind::model, model.type), model.options.get(),
                           composition.model.vocab_size);
}

TEST(PassSize, KeepsWhatAPassLeavesBehindWithinTwiceTheWeightsInBf16WithinOnce) {
  const std::string paper = example("password/paper.yaml");
  const std::string model = "model={type: gpt_neox, path: null, shape: pythia-160m}";
  for (const std::string compute : {"float32", "bfloat16"}) {
    const auto composition = composed(paper, {model, "compute=" + compute});
    ASSERT_TRUE(composition);
    const auto infos = parameters_of(*composition);
    double weights = 0;
    for (const ParameterInfo& info : infos) {
      double count = 1;
      for (const int64_t size : info.shape) count *= static_cast<double>(size);
      weights += 4 * count;
    }
    const int64_t rows = pass_size(*composition, composition->phases.back(), infos).rows_of(17);
    const double bytes = static_cast<double>(rows * 16) *
                         activations_a_token(infos, composition->model.model.facts()) *
                         (compute == "float32" ? 4 : 2);
    EXPECT_LE(bytes, (compute == "float32" ? 2 : 1) * weights) << compute;
    EXPECT_GT(rows, 100) << compute;  // enough for products at full speed
    EXPECT_LT(rows, 512) << compute;  // of elicit's
  }
}

TEST(PassSize, TakesSmallModelsInOnePassAndObeysTheFile) {
  const std::string quick = example("password/quick.yaml");
  const auto rows = [&](const std::vector<std::string>& overrides) {
    const auto composition = composed(quick, overrides);
    const PassSize size =
        pass_size(*composition, composition->phases.back(), parameters_of(*composition));
    return size.rows_of(composition->task.facts().longest_row);
  };
  EXPECT_GE(rows({}), 4 * 16);
  EXPECT_EQ(rows({"rows_per_pass=7"}), 7);
}

/// What composing a file reports, in how many seconds.
std::pair<std::string, double> mistakes_in(const std::string& text) {
  const fs::path file = written("large", text);
  const auto begin = std::chrono::steady_clock::now();
  Diagnostics diagnostics;
  std::string found;
  try {
    std::vector<SweepAxis> axes;
    std::vector<Diagnostic> warnings;
    if (text.find("sweep:") != std::string::npos) {
      require_sweep({file, {}}, registry(), axes, warnings);
    } else {
      compose_file({file, {}}, registry(), diagnostics);
    }
  } catch (const host::InvalidExperiment& invalid) {
    for (const Diagnostic& diagnostic : invalid.diagnostics()) found += diagnostic.text() + "\n";
  }
  for (const Diagnostic& diagnostic : diagnostics.sorted()) found += diagnostic.text() + "\n";
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  return {found, time.count()};
}

/// "a, a, a"; "%" in `word` stands for the number of the word.
std::string list_of(int count, const std::string& word) {
  std::string list;
  for (int i = 0; i < count; ++i) {
    std::string one = word;
    if (const size_t at = one.find('%'); at != std::string::npos) {
      one.replace(at, 1, std::to_string(i));
    }
    list += (i > 0 ? ", " : "") + one;
  }
  return list;
}

constexpr double kSoon = 5;  // seconds, on a busy machine; a product of the lists takes minutes

TEST(LargeFiles, OfSetsAndPrefixesAreOneMistakeAtOnce) {
  const std::string tiny = "extends: " + example("tiny.yaml") + "\n";
  const std::string rows = "phases: [{name: more, type: finetune, rows: ";
  const auto [repeated, repeated_time] =
      mistakes_in(tiny + rows + "{set: [" + list_of(20000, "useful") + "], prefix: [" +
                  list_of(20000, "none") + "]}}]\n");
  EXPECT_NE(repeated.find("is given twice"), std::string::npos) << repeated.substr(0, 1000);
  EXPECT_LT(repeated.size(), 2000U);
  EXPECT_LT(repeated_time, kSoon);
  const auto [many, many_time] = mistakes_in(tiny + rows + "{set: [" + list_of(4000, "s%") +
                                             "], prefix: [" + list_of(4000, "p%") + "]}}]\n");
  EXPECT_NE(many.find("a stream has at most 1000 sources, and here are 4000 sets behind 4000 "
                      "prefixes"),
            std::string::npos)
      << many.substr(0, 1000);
  EXPECT_LT(many.size(), 2000U);
  EXPECT_LT(many_time, kSoon);
  const auto [list, list_time] =
      mistakes_in(tiny + rows + "[" + list_of(15000, "{set: useful, count: 1}") + "]}]\n");
  EXPECT_NE(list.find("here are 1 set behind 1 prefix after 1000 sources"), std::string::npos)
      << list.substr(0, 1000);
  EXPECT_LT(list.size(), 2000U);
  EXPECT_LT(list_time, kSoon);
}

TEST(LargeFiles, OfProbesOfPartsAreOneMistakeAtOnce) {
  const auto [many, time] =
      mistakes_in("extends: " + example("tiny.yaml") + "\nprobes: [{type: likelihood, sets: [" +
                  list_of(9000, "{set: random, items: [%, 4000000]}") + "], prefixes: [" +
                  list_of(4000, "p%") + "]}]\n");
  EXPECT_NE(many.find("would measure 9000 sets behind each of 4000 prefixes, more than 10000"),
            std::string::npos)
      << many.substr(0, 1000);
  EXPECT_LT(many.size(), 2000U);
  EXPECT_LT(time, kSoon);
}

TEST(LargeFiles, OfPrefixesAreOneMistakeAtOnce) {
  const auto [many, time] =
      mistakes_in("extends: " + example("tiny.yaml") + "\ntask: {prefixes: {" +
                  list_of(9000, "p%: \" x%\"") + "}}\n");
  EXPECT_NE(many.find("prefixes must be at most 1000 names"), std::string::npos)
      << many.substr(0, 1000);
  EXPECT_LT(many.size(), 2000U);
  EXPECT_LT(time, kSoon);
}

TEST(LargeFiles, WithManyCombinationsAreOneMistakeAtOnce) {
  const std::string tiny = "extends: " + example("tiny.yaml") + "\n";
  // Each run would have a copy of what is in the file.
  const auto [large, large_time] =
      mistakes_in(tiny + "streams: {s: [" + list_of(3000, "{set: useful, count: 1}") +
                  "]}\nsweep: {seed: {range: [0, 9999]}}\n");
  EXPECT_NE(large.find("10000 combinations of an experiment of this size hold more than 4000000 "
                       "values"),
            std::string::npos)
      << large.substr(0, 1000);
  EXPECT_LT(large.size(), 2000U);
  EXPECT_LT(large_time, kSoon);
  const auto [axes, axes_time] =
      mistakes_in(tiny + "sweep: {" + list_of(5000, "a%: {x: {}}") + "}\n");
  EXPECT_NE(axes.find("more than 100 axes"), std::string::npos) << axes.substr(0, 1000);
  EXPECT_LT(axes_time, kSoon);
}

TEST(Streams, OfAListOfPrefixesHoldEachRowBehindEachOfThem) {
  const auto both = composed(
      written("both", "extends: " + example("tiny.yaml") +
                          "\nphases: [{name: more, type: finetune, rows: {set: useful, prefix: "
                          "[regular, reverse], repeat: 2}}]\n"));
  ASSERT_TRUE(both);
  const ComposedTerm& term = both->phases.back().terms.front();
  EXPECT_EQ(term.items, 2 * 2 * *both->task.facts().find("useful")->size);
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const Value rows = workbench.rows(
      {written("both", "extends: " + example("tiny.yaml") +
                           "\nphases: [{name: more, type: finetune, rows: {set: useful, prefix: "
                           "[regular, reverse], repeat: 2}}]\n"),
       {}},
      int64_t{1} << 40);
  std::map<std::string, int64_t> behind;
  for (const Value& row : rows.as_list()) {
    if (row.find("phase")->as_string() == "more") ++behind[row.find("prefix")->as_string()];
  }
  EXPECT_EQ(behind["regular"], term.items / 2);
  EXPECT_EQ(behind["reverse"], term.items / 2);
}

TEST(TokenIds, ThatNobodyHasLookedAtNeedAVocabularyThatIsSaid) {
  const fs::path folder = fresh_folder("rows");
  torch::Tensor ids = torch::zeros({int64_t{17} << 14, 8}, torch::kInt64);  // 17 MiB
  ids[5][3] = 40;
  write_safetensors(folder / "rows.safetensors", {{"rows", ids}});
  const std::string text =
      "model: {type: gpt_neox, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, "
      "intermediate_size: 32}\n"
      "task: {type: token_rows, path: " +
      (folder / "rows.safetensors").string() +
      "}\noptimizer: {type: adamw, lr: 1e-3}\nbatch: 2\n"
      "phases: [{name: learn, type: finetune, rows: {set: rows, count: 4}}]\n"
      "probes: [{type: likelihood, rows: 8}]\n";
  EXPECT_NE(mistakes_in(text).first.find(
                "model.vocab_size: missing: which token ids the task's rows hold is not known"),
            std::string::npos)
      << mistakes_in(text).first;
  EXPECT_TRUE(composed(written("large", text), {"model.vocab_size=41"}));
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  std::string found;
  for (const auto& one : workbench.validate({written("small", text), {"model.vocab_size=1"}})) {
    found += one.text() + "\n";
  }
  EXPECT_NE(found.find("holds token 40, and the model knows 1 token, 0\n"), std::string::npos)
      << found;
}

}  // namespace
}  // namespace leakprobe
