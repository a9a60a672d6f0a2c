#include <algorithm>
#include <utility>

#include "format/file_kind.h"
#include "leakprobe/error.h"
#include "leakprobe/file_keys.h"
#include "model/problems.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

constexpr size_t kUnknownShown = 20;

/// Collects what the declared parameters find wrong; a model's options hold no slots.
class FileReader final : public Reader {
 public:
  Diagnostics& diagnostics() override { return diagnostics_; }
  Resolver& resolver() override {
    LEAKPROBE_CHECK(false, "an option of a model names another plugin");
  }

 private:
  Diagnostics diagnostics_;
};

/// The value of a key in a tree of maps whose keys may hold dots themselves, nullptr where it is
/// not there or null.
const Value* find_key(const Value& tree, std::string_view key) {
  if (const Value* value = tree.find(key)) return value->is_null() ? nullptr : value;
  for (size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.', dot + 1)) {
    const Value* inner = tree.find(key.substr(0, dot));
    if (inner == nullptr || !inner->is_map()) continue;
    if (const Value* value = find_key(*inner, key.substr(dot + 1))) return value;
  }
  return nullptr;
}

bool is_numeric(const Value& value) {
  return value.type() == Value::Type::integer || value.type() == Value::Type::number;
}

/// Whether the two mean the same setting: 0 is 0.0.
bool same_setting(const Value& a, const Value& b) {
  return a == b || (is_numeric(a) && is_numeric(b) && a.as_number() == b.as_number());
}

/// The value as a message shows it.
std::string shown(const Value& value) {
  return value.is_string()                   ? quote(value.as_string())
         : value.is_list() || value.is_map() ? value.describe()
                                             : to_json(value);
}

/// The key as a message shows it, whoever wrote it.
std::string shown_key(const std::string& key) {
  constexpr size_t kEnough = 200;
  return key.size() <= kEnough ? printable(key) : printable(key.substr(0, kEnough)) + "...";
}

bool named_by(const std::string& tensor, const std::string& name) {
  return tensor == name || tensor.ends_with("." + name);
}

class OptionsReader {
 public:
  OptionsReader(const FileKeys& keys, const Parameters& parameters, const Value& file,
                const std::string& source, const std::set<std::string>& tensors)
      : keys_(keys), parameters_(parameters), file_(file), source_(source), tensors_(tensors) {}

  FileOptions read() {
    if (!file_.is_map()) {
      throw Error(source_ + ": expected an object, found " + file_.describe() + "; " + kGetAgain);
    }
    check_all();
    if (unknown_ > kUnknownShown) {
      const size_t more = unknown_ - kUnknownShown;
      result_.warnings.push_back(std::to_string(more) +
                                 (more == 1 ? " more key is" : " more keys are") +
                                 " not known here, and not used");
    }
    for (const FileKeys::Option& option : keys_.options()) take(option);
    stop_at_problems();
    read_declared();
    check_all();
    stop_at_problems();
    return std::move(result_);
  }

 private:
  void problem(const std::string& key, const std::string& what, const std::string& remedy) {
    problems_.add(shown_key(key) + ": " + what, remedy);
  }

  void stop_at_problems() const {
    if (!problems_.empty()) throw Error(source_ + ": " + problems_.text());
  }

  void take(const FileKeys::Option& option) {
    if (!option.tensors.empty()) {
      const bool there = std::any_of(tensors_.begin(), tensors_.end(), [&](const auto& tensor) {
        return std::any_of(option.tensors.begin(), option.tensors.end(),
                           [&](const auto& name) { return named_by(tensor, name); });
      });
      given_.set(option.name, there == option.present);
      return;
    }
    const Value* found = nullptr;
    std::string key = option.keys.front();
    for (const std::string& candidate : option.keys) {
      const Value* value = find_key(file_, candidate);
      if (value == nullptr) continue;
      if (found == nullptr) {
        found = value;
        key = candidate;
      } else if (!same_setting(*found, *value)) {
        result_.warnings.push_back(candidate + ": " + shown(*value) + " is not used: " + key +
                                   " says " + shown(*found));
      }
    }
    key_of_[option.name] = key;
    if (found != nullptr) {
      const Value given = of_all_layers(option, key, *found);
      if (option.positive && given.type() == Value::Type::integer && given.as_integer() < 1) {
        problem(key, "must be at least 1, found " + given.describe(), kGetAgain);
      }
      given_.set(option.name, given);
    } else if (option.needed) {
      problem(key, "is missing; it is needed to build the model", kGetAgain);
    } else if (!option.fallback.is_null()) {
      given_.set(option.name, option.fallback);
    }
  }

  /// A setting that some files give once a layer, as one.
  Value of_all_layers(const FileKeys::Option& option, const std::string& key, const Value& value) {
    const Field* field = parameters_.find(option.name);
    LEAKPROBE_CHECK(field != nullptr, "there is no option '" + option.name + "' to be read");
    if (!value.is_list() || field->type.starts_with("list")) return value;
    const Value::List& list = value.as_list();
    if (list.empty()) return value;
    for (const Value& element : list) {
      if (same_setting(element, list.front())) continue;
      problem(key,
              "is not covered: " + shown(list.front()) + " in one layer and " + shown(element) +
                  " in another; only layers that are all alike are",
              "take a model whose layers are alike");
      return Value();
    }
    result_.layers[key] = std::ssize(list);
    return list.front();
  }

  /// Applies the ranges and relations that hold for experiments, too.
  void read_declared() {
    FileReader reader;
    const std::shared_ptr<void> options = parameters_.make();
    if (!parameters_.read_into(options.get(), given_, "", reader)) {
      for (const Diagnostic& diagnostic : reader.diagnostics().sorted()) {
        const auto key = key_of_.find(diagnostic.path);
        problem(key == key_of_.end() ? diagnostic.path : key->second, diagnostic.message,
                kGetAgain);
      }
    }
    stop_at_problems();
    result_.options = options;
  }

  /// Judges every key: at first what can be judged alone, and once there are options what depends
  /// on them.
  void check_all() {
    for (const Value::Entry& entry : file_.entries()) check(entry.key, entry.value);
  }

  /// Judges a key and, where it is a map that nobody knows as a whole, those below it.
  void check(const std::string& key, const Value& value) {
    if (value.is_null()) return;
    const FileKeys::Rule* rule = keys_.find(key);
    const bool first = result_.options == nullptr;
    if (rule != nullptr) {
      if (first != static_cast<bool>(rule->holds)) obey(*rule, key, value);
    } else if (is_beginning(key) && value.is_map()) {
      for (const Value::Entry& entry : value.entries()) check(key + "." + entry.key, entry.value);
    } else if (!first) {
      return;
    } else if (is_beginning(key)) {
      problem(key, "expected an object, found " + value.describe(), kGetAgain);
    } else {
      if (++unknown_ > kUnknownShown) return;
      result_.warnings.push_back(shown_key(key) + ": " + shown(value) +
                                 " is not used: this key is not known here");
    }
  }

  /// Whether there are rules for keys below this one.
  bool is_beginning(const std::string& key) const {
    const auto next = keys_.rules().lower_bound(key + ".");
    return next != keys_.rules().end() && next->first.starts_with(key + ".");
  }

  void obey(const FileKeys::Rule& rule, const std::string& key, const Value& value) {
    using Use = FileKeys::Rule::Use;
    switch (rule.use) {
      case Use::read:
      case Use::ignored:
        return;
      case Use::training:
        result_.kept.set(key, value);
        if (!holds_everywhere(rule, value)) {
          result_.warnings.push_back(key + ": " + shown(value) + " is not applied: " + rule.words);
        }
        return;
      case Use::covered:
        if (holds_everywhere(rule, value)) return;
        problem(key, refusal(rule, value),
                rule.remedy.empty() ? "take a model without this setting" : rule.remedy);
    }
  }

  /// Whether the value is harmless; of a list each element has to be.
  bool holds_everywhere(const FileKeys::Rule& rule, const Value& value) const {
    const auto holds = [&](const Value& one) {
      if (rule.holds) return rule.holds(one, result_.options.get());
      return std::any_of(rule.values.begin(), rule.values.end(),
                         [&](const Value& covered) { return same_setting(one, covered); });
    };
    if (holds(value)) return true;
    if (!value.is_list() || value.as_list().empty()) return false;
    return std::all_of(value.as_list().begin(), value.as_list().end(), holds);
  }

  static std::string refusal(const FileKeys::Rule& rule, const Value& value) {
    std::string text = shown(value) + " is not covered";
    if (rule.holds) return text + "; only " + rule.words;
    std::string list;
    for (const Value& covered : rule.values) list += (list.empty() ? "" : " or ") + shown(covered);
    if (!list.empty()) text += "; only " + list + " is";
    return rule.words.empty() ? text : text + ": " + rule.words;
  }

  const FileKeys& keys_;
  const Parameters& parameters_;
  const Value& file_;
  const std::string& source_;
  const std::set<std::string>& tensors_;
  Value given_ = Value::map();
  std::map<std::string, std::string> key_of_;  ///< by option
  Problems problems_;
  size_t unknown_ = 0;  ///< keys that have no rule
  FileOptions result_;
};

}  // namespace

FileOptions read_options(const FileKeys& keys, const Parameters& parameters, const Value& file,
                         const std::string& source, const std::set<std::string>& tensors) {
  FileOptions read = OptionsReader(keys, parameters, file, source, tensors).read();
  for (std::string& warning : read.warnings) warning.insert(0, source + ": ");
  return read;
}

}  // namespace leakprobe
