#include "compose/probes.h"

#include <algorithm>

#include "compose/named_items.h"
#include "compose/places.h"
#include "compose/source_reader.h"
#include "compose/words.h"

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
  for (const std::string& name : task.row_names()) sets.push_back({name, {}, {}});
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
  std::shared_ptr<void> options = registration->parameters->make();
  good =
      registration->parameters->read_into(options.get(), value, item.path, slots, reserved) && good;
  if (!good) return false;
  probe.probe =
      Slot<Probe>(slots.make_choice(*registration, std::move(options), value.place, item.path));
  if (!probe.probe || known_task == nullptr) return false;
  const TaskFacts& task = *known_task;

  probe.every = keys.every;
  probe.rows = keys.rows;
  probe.phases = keys.phases;
  if (!keys.sets) keys.sets = all_sets(task);
  if (!keys.prefixes) keys.prefixes = all_prefixes(task);
  Diagnostics& diagnostics = slots.diagnostics();
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
  for (Cell cell : rows) {
    for (const std::string& prefix : *keys.prefixes) {
      cell.prefix = prefix;
      if (std::find(probe.cells.begin(), probe.cells.end(), cell) == probe.cells.end()) {
        probe.cells.push_back(cell);
      }
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
  schema.field("every", &ProbeKeys::every, at_least(int64_t{0}),
               "Measures after each step s with s % every == 0; 0: only before the first phase and "
               "after the last step of each.",
               "steps");
  schema.field("phases", &ProbeKeys::phases, kAny,
               "Phases in which it measures; an empty list means all.");
  schema.field("rows", &ProbeKeys::rows, at_least(int64_t{1}),
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

ComposedProbe* find_probe(std::vector<ComposedProbe>& probes, const std::string& measure,
                          const std::string& phase) {
  ComposedProbe* by_type = nullptr;
  for (ComposedProbe& probe : probes) {
    if (!probe.phases.empty() && !contains(probe.phases, phase)) continue;
    if (probe.name == measure) return &probe;
    if (by_type == nullptr && probe.probe->type == measure) by_type = &probe;
  }
  return by_type;
}

Value probe_keys_schema() { return schema_of_probe().schema(); }

}  // namespace leakprobe
