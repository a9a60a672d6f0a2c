#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compose/settings.h"
#include "config/yaml_document.h"
#include "leakprobe/host/workbench.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing_support::file_text;
using testing_support::fresh_folder;
using testing_support::source_folder;

const host::Workbench& workbench() {
  static const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  return workbench;
}

/// As an editor sees it: by itself, nothing taken over. Nothing where this is no sound YAML.
std::optional<Value> document(const std::string& text) {
  Diagnostics diagnostics;
  YamlBudget budget;
  std::optional<Value> value = parse_yaml(text, "", diagnostics, budget);
  return diagnostics.has_errors() ? std::nullopt : value;
}

std::string name_of(const fs::path& file) {
  return file.lexically_relative(source_folder()).string();
}

std::vector<fs::path> yaml_files(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(source_folder() / folder)) {
    // The list of examples is no experiment.
    if (entry.path().filename() == "examples.yaml") continue;
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The schema that an example names for editors.
fs::path schema_named_by(const fs::path& example) {
  const std::string begin = "# yaml-language-server: $schema=";
  const std::string text = file_text(example);
  if (!text.starts_with(begin)) return {};
  const std::string name = text.substr(begin.size(), text.find('\n') - begin.size());
  return (example.parent_path() / name).lexically_normal();
}

const fs::path kSchema = source_folder() / "docs/reference/experiment.schema.json";

/// The part of the schema that an example names: "" for the whole, otherwise such as "#/then".
std::string pointer_named_by(const fs::path& example) {
  const fs::path named = schema_named_by(example);
  if (named == kSchema || !fs::exists(named)) return "";
  const std::string reference = JsonValue::read(named).find_string("$ref").value_or("");
  return reference.substr(std::min(reference.find('#'), reference.size()));
}

constexpr int kNoValidator = 77;

/// What python3-jsonschema says of each document: null, or what is wrong with it first; of the
/// schema itself under "". Those under a pointer of `parts` are judged by that part of the schema.
/// Nothing where it is not installed.
std::optional<std::map<std::string, std::string>> verdicts(const Value& documents,
                                                           const Value& parts) {
  const fs::path folder = fresh_folder("schema");
  Value request = Value::map();
  request.set("schema", workbench().schema());
  request.set("documents", documents);
  request.set("parts", parts);
  std::ofstream(folder / "in.json", std::ios::binary) << to_json(request);
  // Debian's own Python has the package, whatever else is called python3.
  for (const std::string python : {"/usr/bin/python3", "python3"}) {
    const std::string command =
        python + " -B '" + (source_folder() / "tests/schema/validate.py").string() + "' <'" +
        (folder / "in.json").string() + "' >'" + (folder / "out.json").string() + "'";
    const int status = std::system(command.c_str());
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      if (WIFEXITED(status) && WEXITSTATUS(status) != kNoValidator && WEXITSTATUS(status) != 127) {
        ADD_FAILURE() << command;
      }
      continue;
    }
    std::map<std::string, std::string> found;
    const JsonValue answers = JsonValue::read(folder / "out.json");
    found[""] = answers.find_string("").value_or("");
    const auto take = [&](const Value& asked) {
      for (const Value::Entry& entry : asked.entries()) {
        found[entry.key] = answers.find_string(entry.key).value_or("");
      }
    };
    take(documents);
    for (const Value::Entry& part : parts.entries()) take(part.value);
    return found;
  }
  return std::nullopt;
}

/// The documents that tests ask about, judged in one go.
class SchemaOfExperiments : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    Value documents = Value::map();
    for (const char* folder : {"examples", "tests/errors"}) {
      for (const fs::path& file : yaml_files(folder)) {
        if (auto value = document(file_text(file))) documents.set(name_of(file), *value);
      }
    }
    for (const auto& [name, text] : more()) documents.set(name, *document(text));
    for (const fs::path& file : experiments()) {
      documents.set("resolved " + name_of(file),
                    *workbench().resolve({file.string(), {"sweep=null"}}).find("experiment"));
    }
    Value parts = Value::map();
    for (const fs::path& file : yaml_files("examples")) {
      const std::string pointer = pointer_named_by(file);
      if (pointer.empty()) continue;
      if (!parts.has(pointer)) parts.set(pointer, Value::map());
      parts.at(pointer).set("part " + name_of(file), *document(file_text(file)));
    }
    found_ = verdicts(documents, parts);
  }

  void SetUp() override {
    if (!found_) GTEST_SKIP() << "there is no validator: install python3-jsonschema";
  }

  /// Examples that are experiments, not fragments of one.
  static std::vector<fs::path> experiments() {
    std::vector<fs::path> files;
    for (const fs::path& file : yaml_files("examples")) {
      const std::string name = name_of(file);
      if (name == "examples/password/base.yaml" || name.find("/phases/") != std::string::npos ||
          name.find("/arms/") != std::string::npos) {
        continue;
      }
      if (name.find("/plugin/") == std::string::npos) files.push_back(file);
    }
    return files;
  }

  /// An experiment around top-level lines.
  static std::string experiment(const std::string& more) {
    return "model: {type: gpt_neox, shape: pythia-14m}\ntask: {type: password}\n"
           "phases: [{type: finetune, rows: {set: random, count: 8}}]\n" +
           more;
  }

  static std::vector<std::pair<std::string, std::string>> more() {
    const std::string readme = file_text(source_folder() / "README.md");
    const std::string open = "\n```yaml\n";
    const size_t begin = readme.find(open) + open.size();
    return {
        {"README.md", readme.substr(begin, readme.find("\n```", begin) + 1 - begin)},
        {"good: nulls", experiment("batch: null\noptimizer: {lr: null}\nsweep: null\n"
                                   "streams: {a: null}\nobjectives: null\n")},
        {"good: a default's options", experiment("optimizer: {lr: 1e-3}\nschedule: {warmup: 3}\n")},
        {"good: claims", experiment("claims: [{set: useful, phase: a}, {name: b, set: useful, "
                                    "phase: a}]\n")},
        {"good: names", experiment("optimizers: {fast: {type: adamw, lr: 1}}\noptimizer: fast\n")},
        {"good: extends anywhere",
         experiment("optimizer: {extends: a.yaml, lr: 1}\nclaim: {extends: [a.yaml, b.yaml]}\n"
                    "streams: {extends: s.yaml, a: {extends: b.yaml, repeat: 3}}\n"
                    "probes: [{extends: p.yaml, every: 3}]\ncheckpoints: {extends: c.yaml}\n")},
        {"good: streams",
         experiment("streams:\n  a: {set: [x, y], prefix: none, items: [0, 4]}\n"
                    "  b: [{set: x, repeat: 2}, {set: y, repeat: 2}]\n"
                    "  c: {chosen: {set: x}, rejected: [{set: y}], order: given}\n")},
        {"good: a plugin of one's own", experiment("objectives: {a: {type: acme.own, x: 1}}\n")},
        {"good: a reward of one's own", experiment("rewards: {a: {type: acme.own, x: 1}}\n")},
        {"good: axes", experiment("sweep:\n  seed: {range: [0, 9], step: 2}\n"
                                  "  optimizer.lr: [1e-4, null]\n"
                                  "  phases.finetune.steps: [1, 2]\n  model.path: [null, a]\n"
                                  "  arm: {a: null, b: {phases: [{name: finetune, steps: 3}]}}\n")},
        {"good: minus", experiment("claim: {set: a, phase: b, minus: {phase: c}}\n")},
        {"good: minus in turn",
         experiment("claim: {set: a, phase: b, minus: [control, {phase: c}]}\n")},
        {"good: claims in the place of a claim",
         experiment("claim: null\nclaims: [{set: a, phase: b}]\n")},
        {"bad: claim beside claims",
         experiment("claim: {set: a, phase: b}\nclaims: [{set: a, phase: b}]\n")},
        {"good: another bound",
         "extends: a.yaml\nphases: [{name: a, gates: {margin/dpo: {above: null, below: 2}}}]\n"},
        {"bad: two bounds",
         "extends: a.yaml\nphases: [{name: a, gates: {margin: {above: 1, below: 2}}}]\n"},
        {"good: names that are no paths",
         experiment("name: \u00e9t\u00e9 2.0 (b)\nsweep: {arm: {1.2M: {}, a b: {}}}\n")},
        {"bad: name", experiment("name: a/b\n")},
        {"bad: a case like a path", experiment("sweep: {arm: {../a: {}}}\n")},
        {"bad: the phase before the first",
         "extends: a.yaml\nphases: [{name: initial, type: evaluate}]\n"},
        {"bad: a set that is probed twice",
         experiment("probes: [{type: likelihood, sets: [a, a]}]\n")},
        {"bad: minus of nothing", experiment("claim: {set: a, phase: b, minus: []}\n")},
        {"bad: unknown key", experiment("bach: 3\n")},
        {"bad: unknown key below extends", "extends: a.yaml\nbach: 3\n"},
        {"bad: unknown option below extends", "extends: a.yaml\noptimizer: {lrr: 3}\n"},
        {"bad: another plugin's option", experiment("objectives: {a: {type: dpo, lr: 1}}\n")},
        {"bad: shape", "extends: a.yaml\nmodel: {type: gpt_neox, shape: pythia-15m}\n"},
        {"bad: no model", "task: {type: password}\nphases: [{type: evaluate}]\n"},
        {"bad: no type", experiment("objectives: {a: {beta: 1}}\n")},
        {"bad: a reward without a type", experiment("rewards: {a: {hit: 1}}\n")},
        {"bad: no rows", "extends: a.yaml\nphases: [{name: a, type: finetune, rows: null}]\n"},
        {"bad: phase without a name", "extends: a.yaml\nphases: [{steps: 3}]\n"},
        {"bad: no phase", "extends: a.yaml\nphases: []\n"},
        {"bad: source", experiment("streams: {a: {set: x, copies: 3}}\n")},
        {"bad: column", experiment("streams: {a: {chosen: x}}\n")},
        {"bad: no source", experiment("streams: {a: []}\n")},
        {"bad: gate", "extends: a.yaml\nphases: [{name: a, gates: {margin: {over: 1}}}]\n"},
        {"bad: minus", experiment("claim: {set: a, phase: b, minus: contrl}\n")},
        {"bad: at", experiment("claim: {set: a, phase: b, at: max}\n")},
        {"bad: axis", experiment("sweep: {seed: 3}\n")},
        {"bad: empty axis", experiment("sweep: {seed: []}\n")},
        {"bad: axis twice", experiment("sweep: {seed: [1, 1]}\n")},
        {"bad: range", experiment("sweep: {seed: {range: [1], step: 1}}\n")},
        {"bad: step", experiment("sweep: {seed: {range: [1, 2], step: 0}}\n")},
        {"bad: axis of a wrong type", experiment("sweep: {optimizer.lr: [1, fast]}\n")},
        {"bad: axis out of range", experiment("sweep: {batch: [4, 0]}\n")},
        {"bad: case", experiment("sweep: {arm: {a: {bach: 3}}}\n")},
        {"bad: sweep in a case", experiment("sweep: {arm: {a: {sweep: {seed: [1]}}}}\n")},
    };
  }

  static const std::string& verdict_of(const std::string& name) { return found_->at(name); }

  static inline std::optional<std::map<std::string, std::string>> found_;
};

TEST_F(SchemaOfExperiments, IsSoundAndReadAlikeByDraft7And2020) {
  EXPECT_EQ(verdict_of(""), "");
  for (const auto& [name, verdict] : *found_) {
    EXPECT_EQ(verdict.find("the drafts do not agree"), std::string::npos) << name << verdict;
  }
}

TEST_F(SchemaOfExperiments, TakesEveryExampleAsWrittenAndResolved) {
  for (const fs::path& file : experiments()) {
    EXPECT_EQ(verdict_of(name_of(file)), "") << file;
    EXPECT_EQ(verdict_of("resolved " + name_of(file)), "") << file;
  }
  EXPECT_EQ(verdict_of("examples/plugin/npo.yaml"), "");
  EXPECT_EQ(verdict_of("README.md"), "");
}

TEST_F(SchemaOfExperiments, TakesEveryExampleByTheSchemaThatItNames) {
  size_t fragments = 0;
  for (const fs::path& file : yaml_files("examples")) {
    const std::string pointer = pointer_named_by(file);
    fragments += pointer.empty() ? 0 : 1;
    EXPECT_EQ(verdict_of((pointer.empty() ? "" : "part ") + name_of(file)), "") << file;
  }
  EXPECT_GT(fragments, 10u);
}

TEST_F(SchemaOfExperiments, KnowsWhatAFragmentLacks) {
  EXPECT_EQ(verdict_of("examples/password/base.yaml"), "$: 'model' is a required property");
}

TEST_F(SchemaOfExperiments, TakesWhatIsRightAndRefusesWhatIsWrong) {
  for (const auto& [name, text] : more()) {
    if (name == "README.md") continue;
    EXPECT_EQ(verdict_of(name).empty(), name.starts_with("good: ")) << name << verdict_of(name);
  }
}

/// tests/schema/beyond.yaml names every mistake that a schema cannot see, and why.
TEST_F(SchemaOfExperiments, RefusesEveryMistakeThatASchemaCanSee) {
  std::map<std::string, std::string> beyond;
  const std::optional<Value> list =
      document(file_text(source_folder() / "tests/schema/beyond.yaml"));
  ASSERT_TRUE(list);
  for (const Value::Entry& reason : list->entries()) {
    for (const Value& name : reason.value.as_list()) {
      EXPECT_TRUE(beyond.emplace(name.as_string(), reason.key).second) << name.as_string();
    }
  }
  for (const fs::path& file : yaml_files("tests/errors")) {
    if (file.parent_path().filename() != "errors") continue;
    const auto found = found_->find(name_of(file));
    if (found == found_->end()) continue;  // no YAML: an editor says so by itself
    const auto listed = beyond.find(file.stem().string());
    if (listed == beyond.end()) {
      EXPECT_NE(found->second, "")
          << file << " is refused by the program and not by the schema: let the schema refuse it, "
          << "or list it in tests/schema/beyond.yaml with the reason";
    } else {
      EXPECT_EQ(found->second, "")
          << file << " is listed in tests/schema/beyond.yaml, and the schema refuses it";
      beyond.erase(listed);
    }
  }
  for (const auto& [name, reason] : beyond) ADD_FAILURE() << name << ": there is no such case";
}

TEST(ExperimentSchema, IsNamedByEveryExample) {
  for (const fs::path& file : yaml_files("examples")) {
    EXPECT_EQ(schema_named_by(file).parent_path(), kSchema.parent_path())
        << file << " begins with no line # yaml-language-server: $schema=...";
    EXPECT_TRUE(fs::exists(schema_named_by(file))) << file << ": " << schema_named_by(file);
  }
}

TEST(ExperimentSchema, HasEveryTopLevelKeyAndEveryPlugin) {
  const Value schema = workbench().schema();
  const Value& whole = *schema.find("else")->find("properties");
  for (const std::string& key : composed_keys()) EXPECT_NE(whole.find(key), nullptr) << key;
  for (const Field& field : settings_schema().fields()) {
    EXPECT_NE(whole.find(field.name), nullptr) << field.name;
  }
  const Value& definitions = *schema.find("$defs");
  const Value plugins = workbench().list(std::nullopt);
  for (const Value& plugin : plugins.as_list()) {
    const std::string name =
        plugin.find("kind")->as_string() + "." + plugin.find("name")->as_string();
    ASSERT_NE(definitions.find(name), nullptr) << name;
    EXPECT_NE(definitions.find(name)->find("properties")->find("type"), nullptr) << name;
  }
}

}  // namespace
}  // namespace leakprobe
