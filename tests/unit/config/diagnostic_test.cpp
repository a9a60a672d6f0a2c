#include "leakprobe/diagnostic.h"

#include <gtest/gtest.h>

#include "config/support.h"

namespace leakprobe {
namespace {

TEST(Diagnostics, LookAsInTheManual) {
  Diagnostics diagnostics;
  diagnostics.error({"experiment.yaml", 12, 14}, "phases.elicit.terms.dpo.objective.bta",
                    "unknown parameter 'bta'", "did you mean 'beta'?");
  EXPECT_EQ(
      texts(diagnostics),
      "experiment.yaml:12:14: error: phases.elicit.terms.dpo.objective.bta: unknown parameter "
      "'bta'\n    hint: did you mean 'beta'?\n");
}

TEST(Diagnostics, AreSortedByPlaceAndShownOnce) {
  Diagnostics diagnostics;
  EXPECT_FALSE(diagnostics.has_errors());
  diagnostics.warning({"b.yaml", 3, 1}, "", "third");
  EXPECT_FALSE(diagnostics.has_errors());
  diagnostics.error({"a.yaml", 1, 1}, "", "in another file");
  diagnostics.error({"b.yaml", 2, 9}, "", "second");
  diagnostics.error({"b.yaml", 2, 9}, "", "second");
  diagnostics.error({"b.yaml", 2, 1}, "", "first");
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_EQ(texts(diagnostics),
            "b.yaml:2:1: error: first\nb.yaml:2:9: error: second\nb.yaml:3:1: warning: third\n"
            "a.yaml:1:1: error: in another file\n");
}

TEST(Diagnostics, LeaveOutWhatIsNotKnown) {
  EXPECT_EQ(to_string(Place{"a.yaml", 0, 0}), "a.yaml");
  EXPECT_EQ(to_string(Place{"a.yaml", 3, 0}), "a.yaml:3");
  EXPECT_EQ((Diagnostic{Diagnostic::Severity::error, {}, "", "wrong", ""}).text(), "error: wrong");
}

TEST(Diagnostics, HostileNamesCannotSteerATerminal) {
  EXPECT_EQ(
      (Diagnostic{Diagnostic::Severity::error, {"\x1b.yaml", 1, 1}, "a\x07", "wrong", ""}).text(),
      "\\x1b.yaml:1:1: error: a\\x07: wrong");
}

TEST(Diagnostics, OfALongNameTheBeginningIsReadWhereverItStands) {
  const std::string name(300, 'n'), shown = std::string(100, 'n') + "…";
  EXPECT_EQ((Diagnostic{Diagnostic::Severity::error, command_line_place("name=" + name),
                        "objectives." + name + ".beta", "wrong", ""})
                .text(),
            "<command line> name=" + std::string(80, 'n') + "…: error: objectives." + shown +
                ".beta: wrong");
  EXPECT_EQ(to_string(Place{name + ".yaml", 1, 1}), name + ".yaml:1:1") << "editors go there";
}

TEST(Nearest, FindsMisspellingsOnly) {
  const std::vector<std::string> names = {"beta", "label_smoothing", "loss_type", "a"};
  EXPECT_EQ(nearest("bta", names), "beta");
  EXPECT_EQ(nearest("btea", names), "beta");
  EXPECT_EQ(nearest("labelsmoothing", names), "label_smoothing");
  EXPECT_EQ(nearest("lable_smoothign", names), "label_smoothing");
  EXPECT_EQ(nearest("gamma", names), "");
  EXPECT_EQ(nearest("x", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), names), "");
  EXPECT_EQ(nearest("beta", {}), "");
}

TEST(MeantWord, IsWhatOtherProgramsCallItBeforeWhatIsSpeltAlike) {
  EXPECT_EQ(meant_word("gpu", {"cpu", "cuda"}), "cuda");
  EXPECT_EQ(meant_word("GPU", {"cpu", "cuda"}), "cuda");
  EXPECT_EQ(meant_word("bf16", {"float32", "bfloat16"}), "bfloat16");
  EXPECT_EQ(meant_word("CPU", {"cpu", "cuda"}), "cpu");
  EXPECT_EQ(meant_word("batch_size", {"batch", "steps"}), "batch");
  EXPECT_EQ(meant_word("last", {"start", "end"}), "end");
  EXPECT_EQ(meant_word("last", {"lasts"}), "lasts");
  EXPECT_EQ(meant_word("learning_rate", {"lr", "eps"}), "lr");
}

TEST(MeantWord, MayBeTheBeginningOfOneWordAlone) {
  EXPECT_EQ(meant_word("max", {"start", "end", "maximum"}), "maximum");
  EXPECT_EQ(meant_word("held", {"held_out", "control"}), "held_out");
  EXPECT_EQ(meant_word("held", {"held_out", "held_back"}), "");
  EXPECT_EQ(meant_word("he", {"held_out", "control"}), "");
}

TEST(Suggest, NamesWhatThereIsWhereNothingIsNear) {
  EXPECT_EQ(suggest("bta", {"beta"}, "known"), "did you mean 'beta'?");
  EXPECT_EQ(suggest("gamma", {"beta", "mu"}, "known"), "known: beta, mu");
  EXPECT_EQ(suggest("gamma", {}, "known"), "");
}

TEST(CommandLinePlace, IsInTheCurrentFolderWhateverItsText) {
  const Place place = command_line_place("model.path=../x/y.gguf");
  EXPECT_EQ(to_string(place), "<command line> model.path=../x/y.gguf");
  EXPECT_EQ(folder_of(place), "");
  EXPECT_EQ(folder_of({"a/b/c.yaml", 1, 1}), "a/b");
}

}  // namespace
}  // namespace leakprobe
