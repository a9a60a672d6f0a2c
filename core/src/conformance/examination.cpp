#include "conformance/examination.h"

#include "compose/slots.h"
#include "config/yaml_document.h"
#include "conformance/every_kind.h"
#include "conformance/inputs.h"
#include "conformance/laws.h"
#include "conformance/torch_state.h"
#include "plugin/facts_fault.h"
#include "plugin/guard.h"

namespace leakprobe {
namespace {

using Outcome = kit::Verdict::Outcome;

/// One plugin with one of its examples on its way through the laws.
class Examination {
 public:
  Examination(const Examinee& examinee, const TaskFacts& task, std::string options,
              const std::function<void(const Told&)>& tell)
      : examinee_(examinee),
        registration_(examinee.registration),
        task_(task),
        options_(std::move(options)),
        tell_(tell) {}

  /// `read` gives the example, and may fail.
  void run(const std::function<Value(Findings&)>& read) {
    ask([&](Findings& findings) { documented(registration_, findings); });
    ask([&](Findings& findings) { paths_are_paths(registration_, findings); });
    ask([&](Findings& findings) { own_keys(registration_, findings); });
    std::shared_ptr<const void> options;
    const bool is_read =
        ask([&](Findings& findings) { options = checked(read(findings), findings); });
    if (!is_read) unasked_ = "its options cannot be read";
    std::any facts;
    const bool is_known = ask([&](Findings& findings) {
      facts = registration_.facts(options.get());
      findings.expect_none(fault_of_facts(registration_.kind, facts));
    });
    if (unasked_.empty() && !is_known) unasked_ = "its facts do not hold together";
    const Subject subject{registration_, options.get(),       facts,
                          task_,         examinee_.tokenizer, examinee_.may_use_threads};
    const bool answers = ask(subject, answers_or_throws);
    if (unasked_.empty() && !answers) unasked_ = "it does not answer what it is asked";
    ask(subject, repeats);
    ask(subject, made_often);
    ask(subject, leaves_torch_alone);
    for (const AskedLaw& law : kit_of(registration_.kind).laws) ask(subject, law.ask);
  }

 private:
  /// Asks the next law; gives whether it holds, or says nothing of this plugin.
  bool ask(const std::function<void(Findings&)>& law) {
    const size_t number = asked_++;
    if (!unasked_.empty()) {
      tell_({options_, number, Outcome::not_asked, {unasked_}});
      return false;
    }
    tell_({options_, number});
    set_usual_torch_state();
    Findings findings;
    try {
      law(findings);
    } catch (...) {
      findings.expect(false, "threw: " + failure_text(std::current_exception()));
    }
    const bool is_broken = !findings.seen().empty();
    if (is_broken) {
      tell_({options_, number, Outcome::broken, findings.seen()});
    } else if (!findings.why_not().empty()) {
      tell_({options_, number, Outcome::not_asked, {findings.why_not()}});
    } else {
      tell_({options_, number, Outcome::holds});
    }
    return !is_broken;
  }
  bool ask(const Subject& subject, void (*law)(const Subject&, Findings&)) {
    return ask([&](Findings& findings) { law(subject, findings); });
  }

  std::shared_ptr<const void> checked(const Value& given, Findings& findings) {
    if (!findings.seen().empty()) return nullptr;
    const auto options = options_in(given, "options", findings);
    if (options == nullptr) {
      findings.expect(!options_.empty(),
                      "its defaults are no whole configuration: give it examples()");
      return nullptr;
    }
    const Value written = registration_.parameters->write(options.get());
    const auto again = options_in(written, "options written out", findings);
    findings.expect(again != nullptr &&
                        to_json(registration_.parameters->write(again.get())) == to_json(written),
                    "reading what was written gives something else");
    return options;
  }

  std::shared_ptr<const void> options_in(const Value& value, const std::string& path,
                                         Findings& findings) {
    Diagnostics diagnostics;
    const Value experiment = Value::map();
    Slots reader(experiment, examinee_.registry, diagnostics);
    reader.use_task(&task_);
    auto options = registration_.parameters->read(value, path, reader);
    for (const Diagnostic& diagnostic : diagnostics.sorted()) {
      const std::string hint = diagnostic.hint.empty() ? "" : "; " + diagnostic.hint;
      findings.expect(false, diagnostic.path + ": " + diagnostic.message + hint);
    }
    return diagnostics.has_errors() ? nullptr : options;
  }

  const Examinee& examinee_;
  const Registration& registration_;
  const TaskFacts& task_;
  const std::string options_;
  const std::function<void(const Told&)>& tell_;
  size_t asked_ = 0;
  std::string unasked_;  ///< why nothing more can be asked
};

/// An example as a value; paths in it are relative to `folder`.
Value example_of(const std::string& example, const std::filesystem::path& folder,
                 Findings& findings) {
  Diagnostics diagnostics;
  YamlBudget budget;
  std::optional<Value> value =
      parse_yaml(example, (folder / "example.yaml").string(), diagnostics, budget);
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    findings.expect(false, "an example is no YAML: " + diagnostic.message);
  }
  return value.value_or(Value::map());
}

}  // namespace

void examine(const Examinee& examinee, const std::function<void(const Told&)>& tell) {
  const Registration& registration = examinee.registration;
  const TaskFacts task = kits_task();
  const auto run = [&](const std::string& name, const std::function<Value(Findings&)>& read) {
    Examination(examinee, task, name, tell).run(read);
  };
  if (examinee.options) {
    return run(to_json(*examinee.options), [&](Findings&) { return *examinee.options; });
  }
  if (!registration.examples) return run("", [](Findings&) { return Value::map(); });
  std::vector<std::string> examples;
  std::string failure;
  try {
    examples = registration.examples(examinee.folder);
    if (examples.empty()) failure = "examples() gives none";
  } catch (...) {
    failure = "examples() threw: " + failure_text(std::current_exception());
  }
  if (!failure.empty()) {
    return run("", [&](Findings& findings) {
      findings.expect(false, failure);
      return Value::map();
    });
  }
  for (const std::string& example : examples) {
    run(example,
        [&](Findings& findings) { return example_of(example, examinee.folder, findings); });
  }
}

}  // namespace leakprobe
