#include "workbench/experiment_part.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "compose/named_items.h"
#include "compose/settings.h"
#include "compose/words.h"
#include "config/extending_files.h"
#include "config/load_experiment.h"
#include "config/sweep.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Of the experiments that extend a part.
constexpr size_t kMostNamed = 3;
/// What every experiment has.
constexpr std::array kNeeded = {"task", "model", "phases"};

/// Whether a mapping says what it is, and not only what is to be changed of it.
bool says_what(const Value& value) {
  return value.has("type") || value.has("path") || value.has("shape");
}

/// Whether a key holds what an experiment needs there.
bool is_given(const Value& experiment, const std::string& key) {
  const Value* value = experiment.find(key);
  if (value == nullptr || value->is_null()) return false;
  if (value->is_map()) return says_what(*value);
  if (!value->is_list()) return true;
  const Value::List& entries = value->as_list();
  return entries.empty() || std::any_of(entries.begin(), entries.end(), says_what);
}

bool has_unknown_key(const Value& experiment) {
  std::vector<std::string> known = field_names(settings_schema());
  known.insert(known.end(), composed_keys().begin(), composed_keys().end());
  return std::any_of(experiment.entries().begin(), experiment.entries().end(),
                     [&](const Value::Entry& entry) { return !contains(known, entry.key); });
}

/// The experiment with the first case of each axis, which may bring what the file itself lacks.
Value first_point(const Value& experiment) {
  Diagnostics ignored;
  const std::vector<SweepAxis> axes = parse_sweep(experiment, ignored);
  Value point = experiment;
  point.erase("sweep");
  std::vector<ChosenCase> chosen;
  for (const SweepAxis& axis : axes) {
    if (!apply_case(point, chosen, {&axis, &axis.cases.front()}, ignored)) break;
  }
  return point;
}

std::string named_few(const std::vector<fs::path>& files) {
  std::vector<std::string> names;
  for (const fs::path& file : files) {
    if (names.size() == kMostNamed) break;
    names.push_back(printable(file.string()));
  }
  if (files.size() > kMostNamed) {
    names.push_back(std::to_string(files.size() - kMostNamed) + " more");
  }
  return enumerate(names);
}

std::string hint_for(const fs::path& file, const std::vector<fs::path>& extending) {
  if (!extending.empty()) return "give an experiment that extends it: " + named_few(extending);
  if (file == kStandardInput) return "add what is missing";
  return "add what is missing, or lay it over an experiment: extends: [experiment.yaml, " +
         printable(file.filename().string()) + "]";
}

}  // namespace

bool report_part(const Value& experiment, const fs::path& file, Diagnostics& diagnostics) {
  if (diagnostics.has_errors()) return false;
  const Value point = first_point(experiment);
  std::vector<std::string> missing;
  for (const char* key : kNeeded) {
    if (!is_given(point, key)) missing.push_back(quote(key));
  }
  if (missing.empty()) return false;
  const auto extending = file == kStandardInput ? std::vector<fs::path>() : files_that_extend(file);
  // Who forgot one thing, or misspelt it, is told that. A part of something else than the whole,
  // such as a phase, has keys of its own.
  const bool unknown = has_unknown_key(experiment);
  if (unknown && missing.size() < kNeeded.size()) return false;
  if ((unknown || missing.size() == 1) && extending.empty()) return false;
  diagnostics.error(experiment.place, "",
                    "this is a part of an experiment, for others to extend: it has no " +
                        enumerate(missing) + " of its own",
                    hint_for(file, extending));
  return true;
}

}  // namespace leakprobe
