#include "conformance/every_kind.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <map>

#include "compose/model_source.h"
#include "compose/named_items.h"
#include "compose/phases.h"
#include "compose/probes.h"
#include "compose/words.h"
#include "conformance/torch_state.h"
#include "leakprobe/kit/test_context.h"
#include "text/quote.h"

namespace leakprobe {
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

std::vector<std::string> keys_of_engine(Kind kind) {
  std::vector<std::string> keys = {"type"};
  const auto add = [&](const Parameters& parameters) {
    for (const std::string& name : field_names(parameters)) keys.push_back(name);
  };
  if (kind == Kind::model) add(model_parameters());
  if (kind == Kind::probe) add(probe_parameters());
  if (kind == Kind::phase) {
    add(phase_parameters());
    keys.insert(keys.end(), {"optimizer", "schedule"});
  }
  return keys;
}

constexpr uint64_t kSeed = 7;

/// Instances of the subject, each with what they may use.
class Interviewees {
 public:
  explicit Interviewees(const Subject& subject)
      : talk_(kit_of(subject.registration.kind).interview(subject)),
        context_(talk_.tokenizer, kSeed) {}

  std::shared_ptr<void> make() const { return talk_.make(context_); }
  Answers ask(void* instance) const {
    Answers answers;
    talk_.ask(instance, answers);
    return answers;
  }
  Answers ask_another() const { return ask(make().get()); }
  const Interview& talk() const { return talk_; }

 private:
  const Interview talk_;
  const kit::TestContext context_;
};

/// Notes the first answer that is another one.
void expect_same(const Answers& first, const Answers& then, const std::string& when,
                 Findings& findings) {
  const std::string what = first.first_other_than(then);
  findings.expect(what.empty(), what + " differs " + when);
}

constexpr int kOften = 100;

/// What is said where the state of LibTorch called `what` is `now`, and was `before`.
std::string change_of(const std::string& what, const std::string& before, const std::string& now) {
  if (what == "own random numbers") {
    return "draws LibTorch's own random numbers, or seeds them; take those of Context::random";
  }
  return "changes LibTorch's " + what + " from " + before + " to " + now +
         "; set it back, or leave it to the engine";
}

void expect_same_state(const Interviewees& instances, Findings& findings) {
  const std::map<std::string, std::string> before = torch_state();
  instances.ask_another();
  for (const auto& [what, now] : torch_state()) {
    const std::string& was = before.at(what);
    findings.expect(now == was, change_of(what, was, now));
  }
}

}  // namespace

void documented(const Registration& registration, Findings& findings) {
  findings.expect(is_sentence(registration.doc), "its doc is no sentence with a full stop");
  check_docs(registration.parameters->fields(), "", findings);
}

void paths_are_paths(const Registration& registration, Findings& findings) {
  check_paths(registration.parameters->fields(), "", findings);
}

void own_keys(const Registration& registration, Findings& findings) {
  const std::vector<std::string> engines = keys_of_engine(registration.kind);
  for (const Field& field : registration.parameters->fields()) {
    findings.expect(!contains(engines, field.name),
                    "parameter " + field.name + ": the key " + quote(field.name) + " of a " +
                        std::string(name_of(registration.kind)) +
                        " is the engine's, so that no file can give it; call it otherwise");
  }
}

void answers_or_throws(const Subject& subject, Findings&) { Interviewees(subject).ask_another(); }

void repeats(const Subject& subject, Findings& findings) {
  const Interviewees instances(subject);
  const std::shared_ptr<void> instance = instances.make();
  const Answers first = instances.ask(instance.get());
  if (!instances.talk().keeps_state) {
    expect_same(first, instances.ask(instance.get()), "when it is asked for again", findings);
  }
  expect_same(first, instances.ask_another(), "in another instance with the same options and seed",
              findings);
}

void made_often(const Subject& subject, Findings& findings) {
  const Interviewees instances(subject);
  const Answers first = instances.ask_another();
  for (int i = 2; i < kOften; ++i) instances.make();
  expect_same(first, instances.ask_another(),
              "once " + std::to_string(kOften) + " instances were made and destroyed", findings);
}

void leaves_torch_alone(const Subject& subject, Findings& findings) {
  const Interviewees instances(subject);
  // Whoever sets one thread is seen where there are more.
  if (subject.may_use_threads) at::set_num_threads(2);
  expect_same_state(instances, findings);
  set_usual_torch_state();
  if (instances.talk().takes_gradients || !findings.seen().empty()) return;
  // What is switched on shows only where it was off.
  c10::GradMode::set_enabled(false);
  expect_same_state(instances, findings);
}

std::vector<kit::Law> laws_of_every_kind(Kind kind) {
  const std::string own = "leakprobe/" + std::string(name_of(kind)) + ".h";
  return {
      {"documented", "A plugin and each of its parameters say in a sentence what they are.",
       "leakprobe/plugin.h"},
      {"paths", "A parameter whose name says that it is a path is a std::filesystem::path.",
       "leakprobe/params.h"},
      {"own_keys", "No parameter has the name of a key that belongs to the engine.", own},
      {"options", "Its examples can be read, and what is written of them reads back the same.",
       "leakprobe/params.h"},
      {"facts", "What is said of a plugin before it is made holds together.", own},
      {"answers",
       "A plugin answers all that its header lets the engine ask, or throws; it never ends the "
       "process.",
       "leakprobe/plugin.h"},
      {"repeats",
       "Equal options, inputs and seed give equal answers, each time and from each instance.",
       "leakprobe/plugin.h"},
      {"made_often", "An instance answers the same however many were made and destroyed before it.",
       "leakprobe/plugin.h"},
      {"leaves_torch_alone",
       "LibTorch's state that all share stays as it is: gradient mode, threads, default type, "
       "random numbers.",
       "leakprobe/plugin.h"},
  };
}

}  // namespace leakprobe
