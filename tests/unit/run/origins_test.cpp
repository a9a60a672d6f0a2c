#include "run/origins.h"

#include <gmock/gmock.h>

#include <fstream>

#include "run/stub_engine.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe::run_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string phase(const std::string& name, const std::string& more = "") {
  return "  - {name: " + name + more +
         ", type: train, steps: 1, terms: {words: {objective: {type: up}, rows: {set: fresh}}}}\n";
}

std::string from(const std::string& folder, const std::string& name) {
  return ", from: {run: " + run_folder(folder).string() + ", phase: " + name + "}";
}

class Origins : public Engine {
 protected:
  Origins() { EXPECT_EQ(run(composed(phase("learn") + phase("last")), "origin").failure, ""); }
  static std::vector<std::string> said(const std::string& phases, const std::string& more = "") {
    const Composition composition = composed(phases, more);
    Diagnostics diagnostics;
    check_origins(composition, registry(), WeightsRead::all, diagnostics);
    std::vector<std::string> texts;
    for (const Diagnostic& each : diagnostics.sorted()) {
      texts.push_back(each.path + ": " + each.message);
    }
    return texts;
  }
};

TEST_F(Origins, OfWeightsThatFitNothingIsSaid) {
  EXPECT_THAT(said(phase("learn", from("origin", "last"))), IsEmpty());
}

TEST_F(Origins, APhaseWithoutCheckpointIsNamedWithWhatToDo) {
  EXPECT_THAT(said(phase("learn", from("origin", "learn"))),
              ElementsAre(AllOf(HasSubstr("phases.learn.from: "),
                                HasSubstr("the run kept no checkpoint of phase 'learn'; run it "
                                          "with checkpoints.keep=phases"))));
}

TEST_F(Origins, AnotherModelsWeightsAreRefused) {
  EXPECT_THAT(said(phase("learn", from("origin", "last")), "model: {type: tiny, width: 8}\n"),
              ElementsAre(AllOf(HasSubstr("phases.learn.from: "), HasSubstr("embedding"))));
}

TEST_F(Origins, WeightsOfAnotherTokenizerAreRefusedWithTheTokenThatDiffers) {
  const auto model = [](const std::string& name, std::vector<std::string> tokens) {
    const std::filesystem::path file = run_folder(name + ".json");
    std::ofstream(file) << make_word_vocabulary(std::move(tokens))->files().front().second;
    return "model: {type: tiny, vocab_size: 10, tokenizer: " + file.string() + "}\n";
  };
  const std::string words = model("words", {"x", "y", "z"});
  EXPECT_EQ(run(composed(phase("learn"), words), "written").failure, "");
  EXPECT_THAT(said(phase("learn", from("written", "learn")), words), IsEmpty());
  const std::string folder = run_folder("written/checkpoints/learn").string();
  EXPECT_THAT(
      said(phase("learn", from("written", "learn")), model("others", {"x", "z", "y"})),
      ElementsAre("phases.learn.from: " + folder +
                  ": its weights were trained with another tokenizer: token 1 is 'y' there and "
                  "'z' here"));
  EXPECT_THAT(said(phase("learn", from("written", "learn"))),
              ElementsAre(HasSubstr("and here token ids stand for no text")));
  EXPECT_THAT(said(phase("learn", from("origin", "last")), words),
              ElementsAre(HasSubstr("there token ids stand for no text")));
}

TEST_F(Origins, AnOriginThatSeveralPhasesNameIsSaidOnce) {
  const std::string origin = from("origin", "learn");
  EXPECT_THAT(said(phase("one", origin) + phase("two", origin)), testing::SizeIs(1));
  EXPECT_THAT(said(phase("one", origin) + phase("two", from("nowhere", "last"))),
              testing::SizeIs(2));
}

}  // namespace
}  // namespace leakprobe::run_test
