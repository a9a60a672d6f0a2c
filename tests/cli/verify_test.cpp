#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string library(const std::string& name) { return LEAKPROBE_FAULTY_FOLDER "/" + name + ".so"; }

TEST(Verify, APluginThatKeepsToAllLawsIsDone) {
  const Ended ended = leakprobe({"verify", library("good")});
  EXPECT_EQ(ended.status, 0) << ended.out;
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_THAT(ended.out, StartsWith("schedule/test.good\n  documented          holds\n"));
  EXPECT_THAT(ended.out, HasSubstr("\n  factors             holds\n"));
  EXPECT_THAT(ended.out, EndsWith("\n\n10 laws hold, 0 are broken, 0 not asked\n"));
}

TEST(Verify, ABrokenLawIsSaidWithWhatWasSeenTheContractAndItsHeader) {
  const Ended ended = leakprobe({"verify", library("gradients")});
  EXPECT_EQ(ended.status, 3) << ended.out;
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_THAT(
      ended.out,
      HasSubstr("  signs               broken: column seen has a gradient, although its "
                "sign is none; detach what is taken of it\n"
                "                      the contract: Where policy and reference agree, each "
                "column is pushed as its sign in the facts says, so that roles of rows are "
                "respected; one of the sign none gets no gradient. "
                "(leakprobe/objective.h)\n"));
  EXPECT_THAT(ended.out, HasSubstr("  advantages          not asked: it does not train on "
                                   "rollouts\n"));
  EXPECT_THAT(ended.out, testing::ContainsRegex("\n[0-9]+ laws hold, 2 are broken, 2 not asked\n"));
}

TEST(Verify, AsJsonItHasEveryLaw) {
  const Ended ended = leakprobe({"verify", library("gradients"), "--json"});
  EXPECT_EQ(ended.status, 3);
  const Value plugins = json_of(ended);
  ASSERT_EQ(plugins.as_list().size(), 2u);
  const Value& fading = plugins.as_list().front();
  EXPECT_EQ(fading.text("plugin"), "objective/test.fading");
  EXPECT_EQ(fading.text("options"), "");
  std::string broken;
  for (const Value& law : fading.items("laws")) {
    EXPECT_THAT(law.text("contract"), EndsWith("."));
    EXPECT_THAT(law.text("header"), StartsWith("leakprobe/"));
    EXPECT_EQ(law.text("outcome") == "holds", law.items("reasons").empty());
    if (law.text("outcome") == "broken") broken += law.text("name");
  }
  EXPECT_EQ(broken, "gradient");
}

TEST(Verify, EachExampleOfAPluginIsAsked) {
  const Value plugins =
      json_of(leakprobe({"verify", LEAKPROBE_OWN_PLUGINS "/freezing_regex.so", "--json"}));
  std::vector<std::string> options;
  for (const Value& plugin : plugins.as_list()) options.push_back(plugin.text("options"));
  EXPECT_THAT(options, ElementsAre("{trainable: attention}", "{frozen: mlp}"));
}

TEST(Verify, ATaskIsAskedWithTheTokenizerThatIsNamed) {
  const auto verify = [](const std::string& tokenizer) {
    return leakprobe({"verify", LEAKPROBE_OWN_PLUGINS "/password.so", "--tokenizer", tokenizer});
  };
  const Ended fitting = verify(fixture_path("tokenizers/pythia"));
  EXPECT_EQ(fitting.status, 0) << fitting.out << fitting.err;
  const Ended other = verify(fixture_path("tokenizers/letters_that_share_a_token.json"));
  EXPECT_EQ(other.status, 3) << other.err;
  EXPECT_THAT(other.out, HasSubstr("answers             broken: threw: "));
  const Ended absent = verify("/nowhere/at/all");
  EXPECT_EQ(absent.status, 2);
  EXPECT_THAT(absent.err, HasSubstr("/nowhere/at/all"));
}

TEST(Verify, ALibraryIsOneThatIsThereAndLoads) {
  const Ended absent = leakprobe({"verify", "/nowhere/at/all.so"});
  EXPECT_EQ(absent.status, 2);
  EXPECT_EQ(absent.err,
            "leakprobe: error: there is no library '/nowhere/at/all.so'; name a plugin's .so file, "
            "such as build/lib/leakprobe/plugins/acme_npo.so\n");
  const Ended no_plugin = leakprobe({"verify", library("no_descriptor")});
  EXPECT_EQ(no_plugin.status, 2);
  EXPECT_THAT(no_plugin.err, HasSubstr("no leakprobe plugin: it exports no descriptor"));
  const Ended beside = leakprobe({"verify", library("good"), "--beside", "/nowhere/at/all.so"});
  EXPECT_EQ(beside.status, 2);
  EXPECT_EQ(beside.err,
            "leakprobe: error: /nowhere/at/all.so: named by --beside but there is no such file or "
            "folder; correct the path\n");
}

}  // namespace
}  // namespace leakprobe::cli
