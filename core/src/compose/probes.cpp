#include "compose/probes.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "compose/lengths.h"
#include "compose/named_items.h"
#include "compose/places.h"
#include "compose/source_reader.h"
#include "compose/words.h"
#include "config/names.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

const Schema<ProbeKeys>& schema_of_probe() {
  static const Schema<ProbeKeys> schema;
  return schema;
}

std::vector<std::string> all_prefixes(const TaskFacts& task) {
  std::vector<std::string> prefixes = task.prefixes;
  prefixes.emplace_back(kNoPrefix);
  return prefixes;
}

std::vector<SetPart> all_sets(const TaskFacts& task) {
  std::vector<SetPart> sets;
  for (const RowsOf& rows : task.rows()) {
    if (task.at(rows.set).size.value_or(1) > 0) sets.push_back({rows.name(), {}, {}});
  }
  return sets;
}

/// Checks each word of the list under `key` of `value`, which stands at its place.
template <class Check>
bool check_each(const std::vector<std::string>& words, const Value& value, const char* key,
                const std::string& path, Check check) {
  const Value* list = value.find(key);
  bool good = true;
  for (size_t i = 0; i < words.size(); ++i) {
    const Place& place =
        list != nullptr && list->is_list() ? list->as_list()[i].place : value.place;
    good = check(words[i], place, child_path(child_path(path, key), i)) && good;
  }
  return good;
}

/// Reports the first word that stands twice in the list under `key`.
bool check_distinct(const std::vector<std::string>& words, const Value& value, const char* key,
                    const std::string& path, Diagnostics& diagnostics) {
  std::set<std::string_view> seen;
  return check_each(
      words, value, key, path,
      [&, good = true](const std::string& word, const Place& place, const std::string& at) mutable {
        if (!good || seen.insert(word).second) return good;
        diagnostics.error(place, at, Value(word).describe() + " is given twice", "name each once");
        return good = false;
      });
}

/// The same for sets and parts of them.
bool check_distinct(const std::vector<SetPart>& parts, const std::string& path,
                    Diagnostics& diagnostics) {
  std::set<std::string> seen;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Value text = ParameterType<SetPart>::write(parts[i]);
    if (seen.insert(to_json(text)).second) continue;
    diagnostics.error(parts[i].place, child_path(child_path(path, "sets"), i),
                      (text.is_string() ? text.describe() : to_json(text)) + " is given twice",
                      "name each once");
    return false;
  }
  return true;
}

/// Each is measured, recorded and drawn by itself.
constexpr size_t kMostCells = 10'000;

/// Reports more sets behind prefixes than that, before any is looked at.
bool check_cells(const ProbeKeys& keys, const ComposedProbe& probe, Diagnostics& diagnostics) {
  const size_t prefixes = std::max(keys.prefixes->size(), size_t{1});
  if (keys.sets->size() <= kMostCells / prefixes) return true;
  diagnostics.error(probe.place, probe.path,
                    "would measure " + counted(keys.sets->size(), "set") + " behind each of " +
                        std::to_string(prefixes) + " prefixes, more than " +
                        std::to_string(kMostCells) + " in all",
                    "give it fewer 'sets' or 'prefixes'");
  return false;
}

/// Rows that a probe may hold in memory.
constexpr int64_t kMostProbedRows = int64_t{1} << 22;

bool compose_probe(ComposedProbe& probe, ProbeKeys& keys, const NamedItem& item,
                   const TaskFacts* known_task, Slots& slots, const Lineage& lineage) {
  const Value& value = *item.value;
  probe.name = item.name;
  probe.path = item.path;
  probe.place = value.place;
  const std::vector<std::string> own = field_names(schema_of_probe());
  bool good = schema_of_probe().read_into(&keys, select(value, own, true), item.path, slots);
  // The suggestion for a misspelt key covers the engine's keys too.
  const Registration* registration = slots.registration(Kind::probe, value, item.path);
  if (registration == nullptr) return false;
  std::vector<std::string> reserved = own;
  reserved.emplace_back("type");
  std::shared_ptr<void> options =
      slots.read_options(*registration, value, item.path, slots, reserved);
  if (options == nullptr || !good) return false;
  probe.probe =
      Slot<Probe>(slots.make_choice(*registration, std::move(options), value.place, item.path));
  if (!probe.probe) return false;
  const ProbeFacts& facts = probe.probe.facts();
  if (facts.direction == ProbeFacts::Direction::either && !facts.chance && !facts.log_probability) {
    slots.diagnostics().error(value.place, item.path,
                              "probe plugin '" + probe.probe->type +
                                  "' says that leaks lie on either side of chance, and not where "
                                  "chance is",
                              "this is a fault of the plugin");
    return false;
  }
  if (known_task == nullptr) return false;
  const TaskFacts& task = *known_task;

  probe.every = keys.every;
  probe.rows = keys.rows;
  probe.phases = keys.phases;
  if (!keys.sets) keys.sets = all_sets(task);
  if (!keys.prefixes) keys.prefixes = all_prefixes(task);
  Diagnostics& diagnostics = slots.diagnostics();
  const bool distinct = check_distinct(*keys.sets, item.path, diagnostics) &&
                        check_distinct(*keys.prefixes, value, "prefixes", item.path, diagnostics) &&
                        check_distinct(keys.phases, value, "phases", item.path, diagnostics);
  if (!distinct || !check_cells(keys, probe, diagnostics)) return false;
  std::vector<Cell> rows;
  for (size_t i = 0; i < keys.sets->size(); ++i) {
    const std::string path = child_path(child_path(item.path, "sets"), i);
    const std::vector<Cell> cells = cells_of((*keys.sets)[i], task, path, diagnostics);
    good = good && !cells.empty();
    rows.insert(rows.end(), cells.begin(), cells.end());
  }
  good = check_each(*keys.prefixes, value, "prefixes", item.path,
                    [&](const std::string& prefix, const Place& place, const std::string& path) {
                      return check_prefix(prefix, task, place, path, diagnostics);
                    }) &&
         good;
  good = check_each(keys.phases, value, "phases", item.path,
                    [&](const std::string& phase, const Place& place, const std::string& path) {
                      return lineage.check_run(phase, place, path, diagnostics);
                    }) &&
         good;
  if (!good) return false;
  std::set<std::pair<std::string, std::string>> known;  // a set may be named beside its columns
  for (Cell cell : rows) {
    for (const std::string& prefix : *keys.prefixes) {
      cell.prefix = prefix;
      if (known.emplace(cell.name(), prefix).second) probe.cells.push_back(cell);
    }
  }
  probe.regular_cells = probe.cells.size();
  return true;
}

Value resolved_probe(const ComposedProbe& probe, const ProbeKeys& keys, const Value& source) {
  Value map = Value::map();
  map.set("name", probe.name);
  for (const Value::Entry& entry : probe.probe->resolved.entries()) map.set(entry.key, entry.value);
  const Value written = schema_of_probe().write(&keys);
  for (const Value::Entry& entry : written.entries()) {
    if (entry.key != "name") map.set(entry.key, entry.value);
  }
  graft_places(map, source);
  return map;
}

}  // namespace

void ProbeKeys::declare(Schema<ProbeKeys>& schema) {
  schema.field("name", &ProbeKeys::name, kAny, "Name of the probe; by default its type.");
  schema.field("every", &ProbeKeys::every, between(int64_t{0}, kMostItems),
               "Measures after each step s with s % every == 0; 0: only before the first phase and "
               "after the last step of each.",
               "steps");
  schema.field("phases", &ProbeKeys::phases, kAny,
               "Phases in which it measures; an empty list means all.");
  schema.field("rows", &ProbeKeys::rows, between(int64_t{1}, kMostItems),
               "Rows a set: the first ones, at most as many as the set has.");
  schema.field("sets", &ProbeKeys::sets, some<SetPart>(),
               "Sets whose rows it measures, or parts of them, such as {set: useful, items: [12, "
               "24]}; by default all of the task, the control included.");
  schema.field("prefixes", &ProbeKeys::prefixes, some<std::string>(),
               "Prefixes behind which it measures them; by default all of the task and 'none'.");
}

std::vector<ComposedProbe> compose_probes(const Value& list, const TaskFacts* task, Slots& slots,
                                          const Lineage& lineage, Value& resolved) {
  std::vector<ComposedProbe> probes;
  resolved = Value::list();
  resolved.place = list.place;
  for (const NamedItem& item : named_items(list, "probes", "probe", slots)) {
    ComposedProbe probe;
    ProbeKeys keys;
    if (!compose_probe(probe, keys, item, task, slots, lineage)) continue;
    resolved.push_back(resolved_probe(probe, keys, *item.value));
    probes.push_back(std::move(probe));
  }
  return probes;
}

void check_probed_rows(const std::vector<ComposedProbe>& probes, const TaskFacts& task,
                       Diagnostics& diagnostics) {
  for (const ComposedProbe& probe : probes) {
    int64_t all = 0;
    for (const Cell& cell : probe.cells) {
      const std::optional<int64_t>& size = task.at(cell.set).size;
      const int64_t most =
          cell.items ? (*cell.items)[1] - (*cell.items)[0] : size.value_or(kMostItems);
      all += std::min(probe.rows, most);
    }
    if (all <= kMostProbedRows) continue;
    diagnostics.error(probe.place, probe.path,
                      "would measure " + std::to_string(all) +
                          " rows at each evaluation, more than " + std::to_string(kMostProbedRows),
                      "give it fewer 'rows', 'sets' or 'prefixes'");
  }
}

Measure measure_of(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return {text, ""};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

const ComposedProbe* find_probe(const std::vector<ComposedProbe>& probes, const std::string& text,
                                const std::string& phase) {
  const std::string measure = measure_of(text).probe;
  const ComposedProbe* by_type = nullptr;
  for (const ComposedProbe& probe : probes) {
    if (!probe.phases.empty() && !contains(probe.phases, phase)) continue;
    if (probe.name == measure) return &probe;
    if (by_type == nullptr && probe.probe->type == measure) by_type = &probe;
  }
  return by_type;
}

ComposedProbe* find_probe(std::vector<ComposedProbe>& probes, const std::string& measure,
                          const std::string& phase) {
  return const_cast<ComposedProbe*>(find_probe(std::as_const(probes), measure, phase));
}

std::vector<std::string> probes_of(const Value& experiment, const std::string& text) {
  const std::string measure = measure_of(text).probe;
  const Value* probes = experiment.find("probes");
  std::vector<std::string> names;
  if (probes == nullptr || !probes->is_list()) return {measure};
  for (const Value& probe : probes->as_list()) {
    const Value *name = probe.find("name"), *type = probe.find("type");
    if (name == nullptr || !name->is_string()) continue;
    if (name->as_string() == measure) return {measure};
    if (type != nullptr && *type == Value(measure)) names.push_back(name->as_string());
  }
  return names.empty() ? std::vector{measure} : names;
}

const Parameters& probe_parameters() { return schema_of_probe(); }

Value probe_keys_schema() {
  Value schema = schema_of_probe().schema();
  Value& properties = schema.at("properties");
  detail::merge_schema(properties.at("name"), name_schema());
  for (const char* key : {"sets", "prefixes", "phases"})
    properties.at(key).set("uniqueItems", true);
  return schema;
}

}  // namespace leakprobe
