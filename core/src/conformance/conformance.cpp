#include "leakprobe/testing/conformance.h"

#include <algorithm>

#include "compose/slots.h"
#include "conformance/findings.h"
#include "leakprobe/error.h"
#include "plugin/facts_fault.h"
#include "plugin/guard.h"
#include "plugin/library.h"
#include "plugin/registry.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe {

torch::Tensor irregular(torch::IntArrayRef shape, uint64_t salt, double low, double high) {
  torch::Tensor tensor = torch::empty(shape);
  Random random = RandomStream(salt, "conformance").at(0);
  float* numbers = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    numbers[i] = static_cast<float>(low + (high - low) * random.uniform());
  }
  return tensor;
}

std::shared_ptr<const Tokenizer> ascii_tokenizer() {
  std::vector<std::string> characters;
  for (char c = 1; c < 127; ++c) characters.emplace_back(1, c);
  return make_word_vocabulary(std::move(characters));
}

namespace {

const std::vector<std::string> kPathWords = {"path", "paths", "file", "files", "folder", "folders"};

bool is_sentence(const std::string& text) { return !text.empty() && text.back() == '.'; }

void check_docs(const std::vector<Field>& fields, const std::string& path, Findings& findings) {
  for (const Field& field : fields) {
    findings.expect(is_sentence(field.doc),
                    "parameter " + path + field.name + ": its doc is no sentence with a full stop");
    check_docs(field.fields, path + field.name + ".", findings);
  }
}

/// What its name says is a file is part of a run's identity only where it is declared as a path.
void check_paths(const std::vector<Field>& fields, const std::string& path, Findings& findings) {
  for (const Field& field : fields) {
    const bool says_path =
        std::any_of(kPathWords.begin(), kPathWords.end(), [&](const std::string& word) {
          return field.name == word || field.name.ends_with("_" + word);
        });
    findings.expect(!says_path || field.type.find("text") == std::string::npos,
                    "parameter " + path + field.name + ": is called a path and declared as " +
                        field.type +
                        ", so that a change of what it names goes unseen; declare it as "
                        "std::filesystem::path, or call it otherwise");
    check_paths(field.fields, path + field.name + ".", findings);
  }
}

/// What streams and prefixes in example options may name, as conformance.h says.
TaskFacts example_task() {
  TaskFacts facts;
  for (const char* name : {"random", "useful", "held_out", "control"}) {
    SetFacts set;
    set.name = name;
    set.distribution = "letters";
    facts.sets.push_back(set);
  }
  facts.sets[1].size = 12;
  facts.sets[2].size = 4;
  facts.sets[2].role.kind = Role::Kind::never_positive;
  facts.sets[3].role.kind = Role::Kind::control;
  facts.prefixes = {"regular", "reverse"};
  facts.chance = -3.258097;
  return facts;
}

/// One plugin on its way through the checks.
class Check {
 public:
  Check(const Registration& registration, const Registry& registry, Findings& findings)
      : registration_(registration), registry_(registry), findings_(findings) {}

  void run(const Value& given) {
    findings_.expect(is_sentence(registration_.doc), "its doc is no sentence with a full stop");
    check_docs(registration_.parameters->fields(), "", findings_);
    check_paths(registration_.parameters->fields(), "", findings_);
    const auto options = read(given, "options");
    if (!options) return;
    const Value written = registration_.parameters->write(options.get());
    const auto again = read(written, "options written out");
    findings_.expect(
        again && to_json(registration_.parameters->write(again.get())) == to_json(written),
        "options: reading what was written gives something else");
    const std::any facts = registration_.facts(options.get());
    const std::string fault = fault_of_facts(registration_.kind, facts);
    if (!findings_.expect(fault.empty(), "facts: " + fault)) return;
    check_kind({registration_, options.get(), facts});
  }

 private:
  std::shared_ptr<void> read(const Value& value, const std::string& path) {
    Diagnostics diagnostics;
    const Value experiment = Value::map();
    Slots reader(experiment, registry_, diagnostics);
    reader.use_task(&task_);
    auto options = registration_.parameters->read(value, path, reader);
    for (const Diagnostic& diagnostic : diagnostics.sorted()) {
      findings_.expect(false, diagnostic.path + ": " + diagnostic.message);
    }
    return diagnostics.has_errors() ? nullptr : options;
  }

  void check_kind(const Subject& subject) {
    switch (registration_.kind) {
      case Kind::model:
        return check_model(subject, findings_);
      case Kind::task:
        return check_task(subject, findings_);
      case Kind::objective:
        return check_objective(subject, findings_);
      case Kind::freezing:
        return check_freezing(subject, findings_);
      case Kind::phase:
        return check_phase(subject, task_, findings_);
      case Kind::probe:
        return check_probe(subject, findings_);
      case Kind::optimizer:
        return check_optimizer(subject, findings_);
      case Kind::schedule:
        return check_schedule(subject, findings_);
      case Kind::sink:
        return check_sink(subject, findings_);
      case Kind::reward:
        return check_reward(subject, findings_);
    }
  }

  const Registration& registration_;
  const Registry& registry_;
  Findings& findings_;
  const TaskFacts task_ = example_task();
};

}  // namespace

std::vector<std::string> testing::conformance_failures(const Conformance& conformance) {
  Registry registry;
  registry.load_file(conformance.library);
  const std::vector<const RegisteredPlugin*> plugins = registry.plugins();
  std::vector<SearchEntry> beside;
  for (const auto& path : conformance.beside) beside.push_back({path, "the caller"});
  registry.load(beside);
  registry.require_named();

  std::vector<std::string> failures;
  for (const RegisteredPlugin* plugin : plugins) {
    const Registration& registration = plugin->registration;
    const std::string name = std::string(name_of(registration.kind)) + "/" + registration.name;
    Findings findings(name, failures);
    const auto options = conformance.options.find(name);
    try {
      Check(registration, registry, findings)
          .run(options == conformance.options.end() ? Value::map() : options->second);
    } catch (...) {
      findings.expect(false, "threw: " + failure_text(std::current_exception()));
    }
  }
  return failures;
}

}  // namespace leakprobe
