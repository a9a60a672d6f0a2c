#include "leakprobe/kit/conformance.h"

#include <unistd.h>

#include <boost/dll/runtime_symbol_info.hpp>
#include <set>

#include "conformance/apart.h"
#include "conformance/every_kind.h"
#include "conformance/examination.h"
#include "conformance/laws.h"
#include "leakprobe/error.h"
#include "plugin/registry.h"

namespace leakprobe {

KindKit kit_of(Kind kind) {
  switch (kind) {
    case Kind::model:
      return model_kit();
    case Kind::task:
      return task_kit();
    case Kind::objective:
      return objective_kit();
    case Kind::freezing:
      return freezing_kit();
    case Kind::phase:
      return phase_kit();
    case Kind::probe:
      return probe_kit();
    case Kind::optimizer:
      return optimizer_kit();
    case Kind::schedule:
      return schedule_kit();
    case Kind::sink:
      return sink_kit();
    case Kind::reward:
      return reward_kit();
  }
  throw CheckError("there is no such kind");
}

namespace {

using kit::Conformance;
using kit::Law;
using kit::Verdict;
namespace fs = std::filesystem;

/// A folder for what a plugin's examples need.
class ExampleFolder {
 public:
  ExampleFolder() {
    std::string pattern = (fs::temp_directory_path() / "leakprobe-examples-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw Error(pattern + ": this folder cannot be made; free some space, or set TMPDIR");
    }
    path_ = pattern;
  }
  ~ExampleFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ExampleFolder(const ExampleFolder&) = delete;
  ExampleFolder& operator=(const ExampleFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Value to_value(const Told& told) {
  Value value = Value::map();
  value.set("options", told.options);
  value.set("law", static_cast<int64_t>(told.law));
  if (told.outcome) value.set("outcome", word_of(*told.outcome));
  Value reasons = Value::list();
  for (const std::string& reason : told.reasons) reasons.push_back(reason);
  value.set("reasons", std::move(reasons));
  return value;
}

/// What was told of a plugin, made verdicts.
class Protocol {
 public:
  explicit Protocol(const Registration& registration)
      : registration_(registration), laws_(kit::laws_of(registration.kind)) {}

  void note(const Value& told) {
    options_ = told.text("options");
    next_ = static_cast<size_t>(told.integer("law", 0, static_cast<int64_t>(laws_.size()) - 1));
    const std::string outcome = told.find_text("outcome");
    is_open_ = outcome.empty();
    if (is_open_) return;
    add(value_of<Verdict::Outcome>(outcome).value(), told.texts("reasons"));
  }

  /// The plugin's process ended like that, maybe while it was asked something.
  std::vector<Verdict> close(const std::string& how) && {
    if (!is_open_) return std::move(verdicts_);
    add(Verdict::Outcome::broken, {"ended the process " + how +
                                   "; throw what goes wrong, from nothing that is noexcept or a "
                                   "destructor"});
    while (next_ < laws_.size()) add(Verdict::Outcome::not_asked, {"its process had ended"});
    return std::move(verdicts_);
  }

 private:
  void add(Verdict::Outcome outcome, std::vector<std::string> reasons) {
    verdicts_.push_back({registration_.kind, registration_.name, options_, laws_[next_], outcome,
                         std::move(reasons)});
    ++next_;
  }

  const Registration& registration_;
  const std::vector<Law> laws_;
  std::string options_;
  size_t next_ = 0;
  bool is_open_ = true;
  std::vector<Verdict> verdicts_;
};

std::vector<Verdict> verdicts_on(Examinee examinee) {
  const ExampleFolder folder;
  examinee.folder = folder.path();
  examinee.may_use_threads = has_one_thread();
  Protocol protocol(examinee.registration);
  const std::string how = run_apart(
      [&](const std::function<void(const Value&)>& tell) {
        examine(examinee, [&](const Told& told) { tell(to_value(told)); });
      },
      [&](const Value& told) { protocol.note(told); });
  return std::move(protocol).close(how);
}

/// The plugins of this installation, or of the build tree.
fs::path installed_plugins() {
  const fs::path library = boost::dll::this_line_location();
  return library.parent_path() / "leakprobe" / "plugins";
}

}  // namespace

std::vector<Law> kit::laws_of(Kind kind) {
  std::vector<Law> laws = laws_of_every_kind(kind);
  for (const AskedLaw& law : kit_of(kind).laws) laws.push_back(law.law);
  return laws;
}

std::string kit::Verdict::plugin() const { return std::string(name_of(kind)) + "/" + name; }

std::vector<Verdict> kit::verify(const Conformance& conformance) {
  Registry registry;
  registry.load_file(conformance.library);
  const std::vector<const RegisteredPlugin*> plugins = registry.plugins();
  std::vector<SearchEntry> beside;
  for (const auto& path : conformance.beside) beside.push_back({path, "the caller"});
  beside.push_back({installed_plugins(), ""});
  registry.load(beside);
  registry.require_named();

  std::vector<Verdict> verdicts;
  for (const RegisteredPlugin* plugin : plugins) {
    const Registration& registration = plugin->registration;
    const auto given =
        conformance.options.find(std::string(name_of(registration.kind)) + "/" + registration.name);
    Examinee examinee{registration, registry, {}, conformance.tokenizer};
    if (given != conformance.options.end()) examinee.options = given->second;
    for (Verdict& verdict : verdicts_on(std::move(examinee))) {
      verdicts.push_back(std::move(verdict));
    }
  }
  return verdicts;
}

std::vector<std::string> kit::conformance_failures(const Conformance& conformance) {
  std::vector<std::string> failures;
  std::set<std::string> known;
  for (const Verdict& verdict : verify(conformance)) {
    if (verdict.outcome != Verdict::Outcome::broken) continue;
    for (const std::string& reason : verdict.reasons) {
      std::string failure = verdict.plugin() + ": " + verdict.law.name + ": " + reason;
      if (known.insert(failure).second) failures.push_back(std::move(failure));
    }
  }
  return failures;
}

}  // namespace leakprobe
