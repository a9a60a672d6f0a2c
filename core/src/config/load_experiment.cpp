#include "config/load_experiment.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "config/assign.h"
#include "config/merge.h"
#include "config/one_value.h"
#include "config/overrides.h"
#include "config/yaml_document.h"
#include "format/files.h"
#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFilesDeep = 32;

/// Where in the experiment a value stands: without the names of list entries, as merge_into takes
/// it, and how deep.
struct Position {
  std::string path;
  int depth = 0;
  Position child(std::string_view key) const { return {child_path(path, key), depth + 1}; }
  Position element() const { return {path, depth + 1}; }
};

class Loader {
 public:
  explicit Loader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Value load(const fs::path& path, const std::vector<std::string>& overrides) {
    const bool piped = path == kStandardInput;
    std::optional<Value> root = piped ? read_piped() : read({path.string(), 0, 0}, path);
    if (!root) return {};
    if (!root->is_map()) {
      diagnostics_.error(root->place, "", "an experiment is a mapping, found " + root->describe(),
                         "write 'key: value'");
      return {};
    }
    open_files_.push_back({identity(path), path.string()});
    Value experiment = expand(*std::move(root), {});
    std::vector<Override> applied;
    for (const std::string& text : overrides) {
      std::optional<Override> parsed = parse_override(text, diagnostics_, budget_);
      if (parsed) apply(*std::move(parsed), experiment, applied);
    }
    check_sweep_against(applied, experiment, diagnostics_);
    for (Value::Entry& entry : experiment.entries()) {
      if (entry.key != "sweep") drop_nulls(entry.value);
    }
    std::erase_if(experiment.entries(),
                  [](const Value::Entry& entry) { return entry.value.is_null(); });
    return experiment;
  }

 private:
  struct OpenFile {
    fs::path identity;
    std::string name;
  };

  static fs::path identity(const fs::path& path) {
    std::error_code ignored;
    fs::path canonical = fs::weakly_canonical(path, ignored);
    return canonical.empty() ? path : canonical;
  }

  std::optional<Value> read_piped() {
    try {
      return parse_yaml(read_standard_input(kMaxYamlBytes), kStandardInputName, diagnostics_,
                        budget_);
    } catch (const Error& error) {
      diagnostics_.error({kStandardInputName, 0, 0}, "", error.what());
      return std::nullopt;
    }
  }

  /// The document in a file, read once. Reports at `place`.
  std::optional<Value> read(const Place& place, const fs::path& path) {
    const auto known = documents_.find(identity(path));
    if (known != documents_.end()) return known->second;
    std::optional<Value> document;
    try {
      document = parse_yaml(read_file(path, kMaxYamlBytes), path.string(), diagnostics_, budget_);
    } catch (const Error& error) {
      std::string message = error.what();
      if (place.file == path.string() && message.starts_with(path.string() + ": ")) {
        message.erase(0, path.string().size() + 2);
      }
      diagnostics_.error(place, "", message);
    }
    documents_.emplace(identity(path), document);
    return document;
  }

  void apply(Override parsed, Value& experiment, std::vector<Override>& applied) {
    // As a mapping it may say `extends` too, even as its only key.
    const bool extends = parsed.path == "extends" || parsed.path.ends_with(".extends");
    if (extends) {
      Value map = Value::map();
      map.place = parsed.value.place;
      map.set("extends", std::move(parsed.value));
      parsed.path.resize(parsed.path.size() - std::min<size_t>(parsed.path.size(), 8));
      parsed.value = expand(std::move(map), {parsed.path, 0});
    } else {
      parsed.value = expand(std::move(parsed.value), {parsed.path, 0});
    }
    if (!assign(experiment, parsed.path, parsed.value, diagnostics_)) return;
    if (!check_against_earlier(parsed, extends, applied, experiment, diagnostics_)) return;
    // A file that is taken over is there to be changed.
    if (!extends) applied.push_back(std::move(parsed));
  }

  Value expand(Value value, const Position& at) {
    if (at.depth > kMaxYamlDepth) {
      if (!too_deep_) {
        diagnostics_.error(value.place, "",
                           "more than " + std::to_string(kMaxYamlDepth) +
                               " mappings and lists inside one another, counting 'extends'");
      }
      too_deep_ = true;
      return {};
    }
    if (value.is_list()) {
      for (Value& element : value.as_list()) element = expand(std::move(element), at.element());
    } else if (value.is_map()) {
      return expand_map(std::move(value), at);
    }
    return value;
  }

  Value expand_map(Value map, const Position& at) {
    Value extends;
    if (Value* given = map.find("extends")) {
      extends = std::move(*given);
      map.erase("extends");
    }
    for (Value::Entry& entry : map.entries()) {
      const bool is_sweep = at.path.empty() && at.depth == 0 && entry.key == "sweep";
      entry.value = is_sweep ? expand_sweep(std::move(entry.value))
                             : expand(std::move(entry.value), at.child(entry.key));
    }
    if (extends.is_null()) return map;
    Value merged = Value::map();
    for (const Value& name : files_of(extends, at)) {
      std::optional<Value> base = load_base(name, at);
      if (base) merge_into(merged, *base, at.path);
    }
    merge_into(merged, map, at.path);
    return merged;
  }

  /// Cases of a sweep stand for parts of the experiment, wherever they are written.
  Value expand_sweep(Value sweep) {
    if (!sweep.is_map()) return sweep;
    for (Value::Entry& axis : sweep.entries()) {
      if (axis.value.is_map()) {
        for (Value::Entry& named : axis.value.entries()) {
          named.value = expand(std::move(named.value), {"", 1});
        }
      } else {
        axis.value = expand(std::move(axis.value), {axis.key, 1});
      }
    }
    return sweep;
  }

  Value::List files_of(const Value& extends, const Position& at) {
    Value::List names;
    if (extends.is_list()) {
      names = extends.as_list();
    } else {
      names.push_back(extends);
    }
    const auto is_no_name = [&](const Value& name) {
      if (name.is_string() && !name.as_string().empty()) return false;
      diagnostics_.error(name.place, child_path(at.path, "extends"),
                         "expected the name of a file, found " + name.describe());
      return true;
    };
    std::erase_if(names, is_no_name);
    return names;
  }

  std::optional<Value> load_base(const Value& name, const Position& at) {
    const std::string where = child_path(at.path, "extends");
    const auto fail = [&](std::string message, std::string hint = "") -> std::optional<Value> {
      diagnostics_.error(name.place, where, std::move(message), std::move(hint));
      return std::nullopt;
    };
    const fs::path path = (folder_of(name.place) / name.as_string()).lexically_normal();
    const fs::path file = identity(path);
    std::string circle;
    for (const OpenFile& open : open_files_) {
      if (!circle.empty() || open.identity == file) circle += printable(open.name) + " -> ";
    }
    if (!circle.empty()) {
      return fail("files that extend one another in a circle: " + circle +
                  printable(path.string()));
    }
    if (open_files_.size() >= kMostFilesDeep || budget_.files == 0) {
      return fail("too many files that extend one another", "experiments need far fewer");
    }
    --budget_.files;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
      const bool is_pattern = name.as_string().find_first_of("*?[") != std::string::npos;
      return fail("there is no file " + quote(name.as_string()),
                  is_pattern ? "'extends' takes names of files and no patterns; list them in the "
                               "order in which each lies over those before: [a.yaml, b.yaml]"
                             : "looked for " + printable(fs::absolute(path, ignored).string()));
    }
    std::optional<Value> base = read(name.place, path);
    if (!base) return std::nullopt;
    if (!base->is_map()) {
      return fail("the file " + quote(path.string()) + " holds " + base->describe() +
                  " where a mapping is needed");
    }
    if (!budget_.take(*base)) return fail("too much is taken over by 'extends'");
    open_files_.push_back({file, path.string()});
    Value expanded = expand(*std::move(base), at);
    open_files_.pop_back();
    return expanded;
  }

  Diagnostics& diagnostics_;
  YamlBudget budget_;
  std::map<fs::path, std::optional<Value>> documents_;
  std::vector<OpenFile> open_files_;
  bool too_deep_ = false;
};

}  // namespace

Value load_experiment(const fs::path& path, const std::vector<std::string>& overrides,
                      Diagnostics& diagnostics) {
  return Loader(diagnostics).load(path, overrides);
}

}  // namespace leakprobe
