#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "documents.h"
#include "leakprobe/host/workbench.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;
using Words = std::vector<std::string>;

Words lines_of(const std::string& text) {
  Words lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// What the program offers for the last of the words.
Words offered(Words words) {
  words.insert(words.begin(), {"complete", "--"});
  const Ended ended = leakprobe(words);
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.err, "");
  return lines_of(ended.out);
}

std::string tiny() { return source_path("examples/tiny.yaml"); }

Words commands() {
  const std::string help = leakprobe({"help"}).out;
  return found(help.substr(help.find("Subcommands:")), R"(\n  ([a-z]+) )");
}

TEST(Completion, KnowsEveryCommand) {
  EXPECT_THAT(offered({""}), testing::UnorderedElementsAreArray(commands()));
  EXPECT_THAT(offered({"ru"}), ElementsAre("run"));
  EXPECT_THAT(offered({"help", "sc"}), ElementsAre("schema", "score"));
  EXPECT_THAT(offered({"--plugin-path", "somewhere", "ru"}), ElementsAre("run"));
  EXPECT_THAT(offered({"nonsense", ""}), IsEmpty());
  EXPECT_THAT(offered({}), Contains("run"));
}

TEST(Completion, KnowsEveryOptionOfEveryCommand) {
  for (const std::string& command : commands()) {
    Words options;
    for (const std::string& name :
         found(leakprobe({"help", command}).out, R"(\n  (?:-[a-z],)?--([a-z-]+))")) {
      options.push_back("--" + name);
    }
    EXPECT_THAT(offered({command, "-"}), AllOf(IsSupersetOf(options), Contains("--plugin-path")))
        << command;
  }
  EXPECT_THAT(offered({"run", "x.yaml", "--re"}), ElementsAre("--resume"));
  EXPECT_THAT(offered({"--ver"}), ElementsAre("--version"));
  EXPECT_THAT(offered({"run", "--", "--re"}), IsEmpty());
}

TEST(Completion, LeavesFilesAndFoldersToTheShell) {
  EXPECT_THAT(offered({"run", ""}), IsEmpty());
  EXPECT_THAT(offered({"run", tiny(), "--out", ""}), IsEmpty());
  EXPECT_THAT(offered({"run", tiny(), "--out="}), IsEmpty());
  EXPECT_THAT(offered({"report", ""}), IsEmpty());
  EXPECT_THAT(offered({"copy", "quick", ""}), IsEmpty());
  EXPECT_THAT(offered({"--plugin-path", ""}), IsEmpty());
}

TEST(Completion, KnowsWhatArgumentsMayBe) {
  EXPECT_THAT(offered({"new", "ob"}), ElementsAre("objective"));
  EXPECT_THAT(offered({"list", "ta"}), ElementsAre("task"));
  EXPECT_THAT(offered({"reference", "ex"}), ElementsAre("experiment"));
  EXPECT_THAT(offered({"copy", "no_"}), ElementsAre("no_freeze", "no_prefix"));
  EXPECT_THAT(offered({"completion", ""}), ElementsAre("bash", "fish", "zsh"));
}

TEST(Completion, ShowExplainsPluginsAndKeys) {
  EXPECT_THAT(offered({"show", "objective/dp"}), ElementsAre("objective/dpo"));
  EXPECT_THAT(offered({"show", "upper"}), ElementsAre("upper_layers"));
  EXPECT_THAT(offered({"show", "optimizer.l"}), ElementsAre("optimizer.lr"));
  EXPECT_THAT(offered({"show", "ke"}), ElementsAre("keys"));
  const Words all = offered({"show", ""});
  EXPECT_THAT(all, IsSupersetOf({"task/password", "probe/likelihood", "batch", "phases"}));
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  for (const std::string& name : all) EXPECT_NO_THROW(workbench.show(name)) << name;
  EXPECT_THAT(offered({"--plugin-path", LEAKPROBE_MEASURES, "show", "probe/test.m"}),
              ElementsAre("probe/test.measure"));
}

TEST(Completion, OverridesHaveTheKeysOfTheLanguage) {
  for (const std::string& file : {tiny(), std::string("nowhere.yaml"), std::string("-")}) {
    EXPECT_THAT(offered({"run", file, "optimizer.l"}), ElementsAre("optimizer.lr=")) << file;
    EXPECT_THAT(offered({"run", file, "bat"}), ElementsAre("batch=")) << file;
    EXPECT_THAT(offered({"run", file, "checkp"}), ElementsAre("checkpoints.")) << file;
    EXPECT_THAT(offered({"run", file, "compute="}),
                ElementsAre("compute=float32", "compute=bfloat16"))
        << file;
  }
  EXPECT_THAT(offered({"resolve", tiny(), "seed=1", "optimizer.l"}), ElementsAre("optimizer.lr="));
  EXPECT_THAT(offered({"validate", tiny(), tiny(), "task.len"}), ElementsAre("task.length="));
  EXPECT_THAT(offered({"sweep", tiny(), "exte"}), IsEmpty()) << "a file's own, before overrides";
}

TEST(Completion, OverridesHaveTheNamesOfTheFile) {
  EXPECT_THAT(offered({"run", tiny(), "phases."}),
              ElementsAre("phases.calibrate.", "phases.suppress.", "phases.elicit."));
  EXPECT_THAT(offered({"run", tiny(), "phases.suppress.fre"}),
              ElementsAre("phases.suppress.freeze."));
  EXPECT_THAT(offered({"run", tiny(), "phases.suppress.freeze.fr"}),
              ElementsAre("phases.suppress.freeze.fraction="));
  EXPECT_THAT(offered({"run", tiny(), "phases.suppress.freeze.type=u"}),
              ElementsAre("phases.suppress.freeze.type=upper_layers"));
  EXPECT_THAT(offered({"run", tiny(), "phases.suppress.type="}),
              Contains("phases.suppress.type=suppress"));
  EXPECT_THAT(offered({"run", tiny(), "phases.elicit.terms.dpo.we"}),
              ElementsAre("phases.elicit.terms.dpo.weight="));
  EXPECT_THAT(offered({"run", tiny(), "phases.calibrate.skip="}),
              ElementsAre("phases.calibrate.skip=true", "phases.calibrate.skip=false"));
  // A name in the place of a plugin is changed as a whole.
  EXPECT_THAT(offered({"run", tiny(), "phases.suppress.objec"}),
              ElementsAre("phases.suppress.objective="));
  // Of a plugin that is chosen its own options alone.
  const Words options = offered({"run", tiny(), "objectives.against."});
  EXPECT_THAT(options, IsSupersetOf({"objectives.against.type=", "objectives.against.beta="}));
  EXPECT_THAT(options, Not(Contains("objectives.against.gamma=")));
  EXPECT_THAT(offered({"run", tiny(), "probes.likelihood.ev"}),
              ElementsAre("probes.likelihood.every="));
}

TEST(Completion, WhatIsOfferedIsUnderstood) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  for (const char* above :
       {"", "model.", "task.", "claim.", "phases.suppress.", "phases.elicit."}) {
    const Words keys = workbench.complete_override(tiny(), above);
    EXPECT_FALSE(keys.empty()) << above;
    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size()) << above;
    EXPECT_THAT(keys, Each(StartsWith(above)));
    for (const std::string& key : keys) {
      EXPECT_NO_THROW(workbench.show(key.substr(0, key.size() - 1))) << key;
    }
  }
}

/// What bash makes of a script.
Ended bash(const TemporaryFolder& folder, const std::string& script) {
  const std::string file = folder.write("script.bash", script);
  const std::string out = (folder.path() / "out").string();
  const std::string err = (folder.path() / "err").string();
  const std::string line = "bash --norc '" + file + "' >'" + out + "' 2>'" + err + "'";
  const int status = std::system(line.c_str());
  return {status, read_text(out), read_text(err)};
}

/// What bash puts in the place of the last of the words, as it breaks them.
Words completed_by_bash(const Words& words) {
  const TemporaryFolder folder;
  std::string array = "leakprobe";
  for (const std::string& word : words) array += " '" + word + "'";
  const Ended ended =
      bash(folder, leakprobe({"completion", "bash"}).out + "COMP_WORDS=(" + array +
                       ")\nCOMP_CWORD=" + std::to_string(words.size()) +
                       "\n_leakprobe '" LEAKPROBE_PROGRAM
                       "'\n[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\\n' \"${COMPREPLY[@]}\"\n");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  return lines_of(ended.out);
}

TEST(Completion, BashTakesItsScript) {
  const Ended script = leakprobe({"completion", "bash"});
  EXPECT_EQ(script.status, 0) << script.err;
  const TemporaryFolder folder;
  const std::string file = folder.write("leakprobe.bash", script.out);
  EXPECT_EQ(std::system(("bash -n '" + file + "'").c_str()), 0);
  const Ended known = bash(folder, script.out + "complete -p leakprobe\n");
  EXPECT_EQ(known.out, "complete -o bashdefault -o default -F _leakprobe leakprobe\n");
}

TEST(Completion, BashCompletesWords) {
  EXPECT_THAT(completed_by_bash({"ru"}), ElementsAre("run"));
  EXPECT_THAT(completed_by_bash({""}), Contains("run"));
  EXPECT_THAT(completed_by_bash({"run", ""}), IsEmpty());
  EXPECT_THAT(completed_by_bash({"run", tiny(), "optimizer.l"}), ElementsAre("optimizer.lr="));
}

TEST(Completion, BashReplacesWhatIsBehindAnEqualsSignAlone) {
  EXPECT_THAT(completed_by_bash({"run", tiny(), "compute", "="}),
              ElementsAre("float32", "bfloat16"));
  EXPECT_THAT(completed_by_bash({"run", tiny(), "compute", "=", "b"}), ElementsAre("bfloat16"));
  EXPECT_THAT(completed_by_bash({"run", tiny(), "compute", "=", "bfloat16", "optimizer.l"}),
              ElementsAre("optimizer.lr="));
}

TEST(Completion, EveryShellHasAScriptThatAsksTheProgram) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Ended script = leakprobe({"completion", shell});
    EXPECT_EQ(script.status, 0) << shell;
    EXPECT_THAT(script.out, testing::HasSubstr(" complete -- ")) << shell;
  }
  const Ended unknown = leakprobe({"completion", "bas"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.err,
            "leakprobe: error: there is no completion for 'bas'; did you mean 'bash'?\n");
}

}  // namespace
}  // namespace leakprobe::cli
