#include "config/overrides.h"

#include <gtest/gtest.h>

#include "config/assign.h"
#include "config/support.h"

namespace leakprobe {
namespace {

const char* const kExperiment =
    "objectives: {against: {type: dpo, beta: 0.1}}\n"
    "phases:\n"
    "- {name: suppress, type: suppress, objective: against, freeze: {type: upper, fraction: 0.5}}\n"
    "- {name: elicit, type: joint, terms: {dpo: {weight: 1.0}}}\n"
    "probes: [{type: likelihood, sets: [a, b]}]\n"
    "roles: {held_out.rejected: never}\n"
    "sweep: {objectives.against.beta: [1, 2]}\n"
    "seed: 0\n";

std::string applied(const std::string& text, const std::string& part) {
  Value root = yaml(kExperiment);
  Diagnostics diagnostics;
  YamlBudget budget;
  const std::optional<Override> parsed = parse_override(text, diagnostics, budget);
  if (parsed) assign(root, parsed->path, parsed->value, diagnostics);
  const Value* found = root.find(part);
  return texts(diagnostics) + (found == nullptr ? "nothing" : to_json(*found));
}

std::string problems(const std::string& text) { return applied(text, "none"); }

TEST(Overrides, AddressByKeysAndNames) {
  EXPECT_EQ(applied("seed=3", "seed"), "3");
  EXPECT_EQ(applied("objectives.against.beta=1e-1", "objectives"),
            R"({"against":{"type":"dpo","beta":0.1}})");
  EXPECT_NE(applied("phases.elicit.terms.dpo.weight=0.2", "phases").find(R"("weight":0.2)"),
            std::string::npos);
  EXPECT_EQ(applied("probes.likelihood.every=5", "probes"),
            R"([{"type":"likelihood","sets":["a","b"],"every":5}])");
}

TEST(Overrides, AnotherTypeDropsOptionsAsInExtends) {
  EXPECT_NE(
      applied("phases.suppress.freeze.type=none", "phases").find(R"("freeze":{"type":"none"})"),
      std::string::npos);
  EXPECT_EQ(applied("objectives.against={type: npo}", "objectives"),
            R"({"against":{"type":"npo"}})");
}

TEST(Overrides, TakeAnyYamlValue) {
  EXPECT_EQ(applied("seed=[1, {a: b}]", "seed"), R"([1,{"a":"b"}])");
  EXPECT_EQ(applied("seed=' x'", "seed"), R"(" x")");
  EXPECT_EQ(applied("seed=a=b", "seed"), R"("a=b")");
  EXPECT_EQ(applied("seed=null", "seed"), "nothing");
  EXPECT_EQ(applied("objectives.against.beta=null", "objectives"), R"({"against":{"type":"dpo"}})");
  EXPECT_EQ(applied("phases.suppress=null", "phases"),
            R"([{"name":"elicit","type":"joint","terms":{"dpo":{"weight":1.0}}}])");
}

TEST(Overrides, FindKeysThatHoldDots) {
  EXPECT_EQ(applied("roles.held_out.rejected=control", "roles"),
            R"({"held_out.rejected":"control"})");
  EXPECT_EQ(applied("sweep.objectives.against.beta=[3]", "sweep"),
            R"({"objectives.against.beta":[3]})");
  EXPECT_EQ(applied("sweep.optimizer.lr=[3]", "sweep"),
            R"({"objectives.against.beta":[1,2],"optimizer.lr":[3]})");
}

TEST(Overrides, ReachElementsWithoutNamesByNumber) {
  EXPECT_EQ(applied("probes.likelihood.sets.1=c", "probes"),
            R"([{"type":"likelihood","sets":["a","c"]}])");
  EXPECT_EQ(problems("probes.likelihood.sets.2=c"),
            "<command line> probes.likelihood.sets.2=c: error: probes.likelihood.sets.2: "
            "'probes.likelihood.sets' has no entry '2'\n"
            "    hint: its elements have numbers, from 0 to 1\nnothing");
}

TEST(Overrides, MakeMissingMappings) {
  EXPECT_EQ(applied("model.path=x", "model"), R"({"path":"x"})");
  EXPECT_EQ(applied("a.b.c=1", "a"), R"({"b":{"c":1}})");
}

TEST(Overrides, SayWhatIsWrong) {
  EXPECT_EQ(problems("phases.elcit.steps=3"),
            "<command line> phases.elcit.steps=3: error: phases.elcit.steps: 'phases' has no entry "
            "'elcit'\n    hint: did you mean 'elicit'?\nnothing");
  EXPECT_EQ(problems("phases.x.steps=3"),
            "<command line> phases.x.steps=3: error: phases.x.steps: 'phases' has no entry 'x'\n"
            "    hint: names in phases: suppress, elicit\nnothing");
  EXPECT_EQ(problems("phases.suppress.objective.beta=1"),
            "<command line> phases.suppress.objective.beta=1: error: "
            "phases.suppress.objective.beta: 'phases.suppress.objective' is 'against', which has "
            "no parts\n    hint: change objectives.against.beta\nnothing");
  EXPECT_EQ(problems("a..b=1"),
            "<command line> a..b=1: error: a..b: the path has an empty part\n"
            "    hint: write it as in phases.suppress.freeze.type\nnothing");
  EXPECT_EQ(problems("seed"),
            "<command line> seed: error: expected key=value\n"
            "    hint: write it as in optimizer.lr=1e-4\nnothing");
  EXPECT_EQ(problems("=1"),
            "<command line> =1: error: expected key=value\n"
            "    hint: write it as in optimizer.lr=1e-4\nnothing");
  EXPECT_EQ(problems("seed="),
            "<command line> seed=: error: seed: nothing after '='\n    hint: write seed=null to "
            "remove it, or seed='\"\"' for an empty text\nnothing");
  EXPECT_EQ(problems("task.prefix= good"),
            "<command line> task.prefix= good: error: task.prefix: blanks around the value, which "
            "YAML would drop\n    hint: put it in quotes that reach the program: "
            "task.prefix='\" good\"'\nnothing");
  EXPECT_EQ(problems("seed=[1"),
            "<command line> seed=[1: error: seed: a '[' is not closed; it was opened at line 1, "
            "column 1\n"
            "    hint: write ']' at its end, and commas between its elements\nnothing");
  EXPECT_EQ(
      problems("seed={a: 1, a: 2}"),
      "<command line> seed={a: 1, a: 2}: error: seed.a: the key is given twice, first at line 1\n"
      "    hint: remove one of them\nnothing");
}

TEST(Overrides, KeepTheirTextAsPlace) {
  Diagnostics diagnostics;
  YamlBudget budget;
  const auto parsed = parse_override("a=[x/y, {b: 1}]", diagnostics, budget);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(to_string(parsed->value.as_list()[1].find("b")->place),
            "<command line> a=[x/y, {b: 1}]");
}

TEST(Overrides, OfManyPartsAreNoMappingsInsideOneAnother) {
  std::string path = "a";
  for (int i = 1; i < 900; ++i) path += ".a";
  EXPECT_NE(problems(path + "=1").find("the path has 900 parts, more than 64"), std::string::npos);
  EXPECT_EQ(problems(path + "=1")
                .find("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a"
                      ".a.a.a.a: the path"),
            std::string::npos);
}

}  // namespace
}  // namespace leakprobe
