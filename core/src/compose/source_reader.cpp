#include "compose/source_reader.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "compose/cells.h"
#include "compose/lengths.h"
#include "compose/schema_forms.h"
#include "compose/words.h"
#include "leakprobe/names.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

/// More of these in one stream are a mistake: each is checked, laid out and kept by itself.
constexpr size_t kMostSources = 1000;

/// What a source says besides what its sets are.
struct SourceKeys {
  Names set;
  Names prefix;
  std::optional<int64_t> repeat;
  std::optional<int64_t> count;
  std::optional<std::array<int64_t, 2>> items;
  Stream::Order order = Stream::Order::shuffled;

  static void declare(Schema<SourceKeys>& schema);
};

void SourceKeys::declare(Schema<SourceKeys>& schema) {
  schema.required("set", &SourceKeys::set, kAny,
                  "Set of the task, or a list of sets; 'train.rejected' is one column of a set of "
                  "pairs.");
  schema.field("prefix", &SourceKeys::prefix, kAny,
               "Prefix of the task, or 'none', or a list of them, the rows once behind each; by "
               "default the task's first prefix.");
  schema.field("repeat", &SourceKeys::repeat, between(int64_t{1}, kMostItems),
               "Copies of each row of the set.");
  schema.field("count", &SourceKeys::count, between(int64_t{1}, kMostItems), "Rows in all.");
  schema.field("items", &SourceKeys::items, kAny, "A part of the set: [from, to), counted from 0.");
  schema.field("order", &SourceKeys::order, kAny, "The order of the stream's items.");
}

const Schema<SourceKeys>& schema_of_source() {
  static const Schema<SourceKeys> schema;
  return schema;
}

/// The set, and the columns of it, that `name` means.
struct Meaning {
  const SetFacts* set = nullptr;
  std::vector<std::string> columns = {""};  ///< of the set; "" where it has none
  bool whole = true;                        ///< no single column was asked for
};

Meaning meaning_of(const std::string& name, const TaskFacts& task) {
  if (const auto rows = task.rows_named(name)) {
    return {task.find(rows->set), {rows->column}, rows->column.empty()};
  }
  Meaning meaning{task.find(name), {}, true};
  if (meaning.set == nullptr) return meaning;
  for (const ColumnFacts& column : meaning.set->columns) meaning.columns.push_back(column.name);
  return meaning;
}

/// Reports the first name that stands twice in a list.
bool check_distinct(const Names& names, const char* key, const std::string& path, Reader& reader) {
  std::set<std::string_view> seen;
  for (const auto& [name, place] : names.names) {
    if (seen.insert(name).second) continue;
    reader.diagnostics().error(place, child_path(path, key),
                               Value(name).describe() + " is given twice",
                               "name each once; 'repeat' gives copies of rows");
    return false;
  }
  return true;
}

/// Reports more sources than a stream may have, before any is made: of `before` and of each of the
/// sets behind each prefix.
bool check_number(const SourceKeys& keys, size_t before, const Value& value,
                  const std::string& path, Reader& reader) {
  const size_t prefixes = std::max(keys.prefix.names.size(), size_t{1});  // the task's first
  if (before <= kMostSources && keys.set.names.size() <= (kMostSources - before) / prefixes) {
    return true;
  }
  reader.error(value, path,
               "a stream has at most " + std::to_string(kMostSources) + " sources, and here are " +
                   counted(keys.set.names.size(), "set") + " behind " + std::to_string(prefixes) +
                   (prefixes == 1 ? " prefix" : " prefixes") +
                   (before > 0 ? " after " + counted(before, "source") : ""),
               "name fewer sets or prefixes in one stream");
  return false;
}

/// Checks one source against its set; `at` is the source's mapping.
bool check_source(const SourceKeys& keys, const SetFacts& set, const Value& at,
                  const Place& set_place, const std::string& path, Reader& reader) {
  Diagnostics& diagnostics = reader.diagnostics();
  const std::string name = Value(set.name).describe();
  if (set.is_control()) {
    diagnostics.error(set_place, child_path(path, "set"),
                      "set " + name + " is the control: it may be in no training stream",
                      "its rows are what probes compare with, so nothing may ever train on them");
    return false;
  }
  if (!set.size) {
    bool good = true;
    for (const char* key : {"repeat", "items"}) {
      const Value* given = at.find(key);
      if (given == nullptr || given->is_null()) continue;
      reader.error(*given, child_path(path, key),
                   "set " + name + " has no size: its rows are fresh each time",
                   "say with 'count' how many rows to draw");
      good = false;
    }
    return good;
  }
  int64_t size = *set.size;
  if (keys.items) {
    const PartFault fault = fault_of_part(*keys.items, set);
    if (!fault.what.empty()) {
      reader.error(at.at("items"), child_path(path, "items"), fault.what, fault.hint);
      return false;
    }
    size = (*keys.items)[1] - (*keys.items)[0];
  }
  if (size == 0) {
    diagnostics.error(set_place, child_path(path, "set"), "set " + name + " is empty");
    return false;
  }
  if (keys.repeat && *keys.repeat > kMostItems / size) {
    reader.error(
        at.at("repeat"), child_path(path, "repeat"),
        counted(size, "item") + " x " + std::to_string(*keys.repeat) + " copies are too many");
    return false;
  }
  return true;
}

bool read_source(SourceList& out, const Value& value, const std::string& path,
                 const TaskFacts* task, Reader& reader) {
  SourceKeys keys;
  if (!schema_of_source().read_into(&keys, value, path, reader)) return false;
  bool good = check_distinct(keys.set, "set", path, reader);
  good = check_distinct(keys.prefix, "prefix", path, reader) && good;
  if (!good || !check_number(keys, out.sources.size(), value, path, reader)) {
    out.is_full = out.is_full || good;
    return false;
  }
  if (keys.repeat && keys.count) {
    reader.error(value.at("count"), child_path(path, "count"),
                 "give either 'repeat' or 'count', not both",
                 "repeat: copies of each row; count: rows in all");
    good = false;
  }
  if (const Value* order = value.find("order"); order != nullptr && !order->is_null()) {
    out.orders.push_back(*order);
  }
  Source source;
  source.repeat = keys.repeat;
  source.count = keys.count;
  source.items = keys.items;
  source.place = value.place;
  if (keys.prefix.names.empty()) {
    keys.prefix.names.emplace_back(task == nullptr ? "" : task->first_prefix(), value.place);
  }
  if (task != nullptr) {
    for (const auto& [prefix, place] : keys.prefix.names) {
      good = check_prefix(prefix, *task, place, child_path(path, "prefix"), reader.diagnostics()) &&
             good;
    }
  }
  for (const auto& [name, place] : keys.set.names) {
    if (task == nullptr) {
      source.set = name;
      out.sources.emplace_back("", source);
      continue;
    }
    const Meaning meaning = meaning_of(name, *task);
    if (meaning.set == nullptr) {
      reader.diagnostics().error(place, child_path(path, "set"),
                                 "the task has no set " + Value(name).describe(),
                                 suggest(name, task->row_names(), "sets of the task"));
      good = false;
      continue;
    }
    good = check_source(keys, *meaning.set, value, place, path, reader) && good;
    source.set = meaning.set->name;
    for (const auto& [prefix, prefix_place] : keys.prefix.names) {
      source.prefix = prefix;
      for (const std::string& column : meaning.columns) {
        source.column = column;
        out.sources.emplace_back(meaning.whole ? column : "", source);
      }
    }
  }
  return good;
}

}  // namespace

bool read_sources(SourceList& out, const Value& value, const std::string& path,
                  const TaskFacts* task, Reader& reader) {
  if (value.is_map()) return read_source(out, value, path, task, reader);
  if (!value.is_list()) {
    return detail::wrong_type(value, path, "a source {set: ...} or a list of them", reader,
                              value.is_string() ? "write {set: " + value.as_string() + "}" : "");
  }
  if (value.as_list().empty()) {
    reader.error(value, path, "holds no source", "write {set: ...}");
    return false;
  }
  bool good = true;
  for (size_t i = 0; i < value.as_list().size() && !out.is_full; ++i) {
    const Value& source = value.as_list()[i];
    const std::string source_path = child_path(path, i);
    if (source.is_map()) {
      good = read_source(out, source, source_path, task, reader) && good;
    } else {
      good =
          detail::wrong_type(source, source_path, "a source {set: ...}", reader,
                             source.is_string() ? "write {set: " + source.as_string() + "}" : "");
    }
  }
  return good;
}

bool is_source_key(const std::string& key) { return schema_of_source().find(key) != nullptr; }

std::vector<std::string> source_keys() {
  std::vector<std::string> keys;
  for (const Field& field : schema_of_source().fields()) keys.push_back(field.name);
  return keys;
}

const Parameters& source_parameters() { return schema_of_source(); }

Value source_schema() {
  Value schema = schema_of_source().schema();
  exclude_each_other(schema, {"repeat", "count"});
  return schema;
}

bool read_order(Stream::Order& out, const Value& value, const std::string& path, Reader& reader) {
  SourceKeys keys;
  if (!schema_of_source().at("order").set(&keys, value, path, reader)) return false;
  out = keys.order;
  return true;
}

bool check_prefix(const std::string& prefix, const TaskFacts& task, const Place& place,
                  const std::string& path, Diagnostics& diagnostics) {
  if (prefix == kNoPrefix) return true;
  if (contains(task.prefixes, prefix)) return true;
  std::vector<std::string> known = task.prefixes;
  known.emplace_back(kNoPrefix);
  diagnostics.error(place, path, "the task has no prefix " + Value(prefix).describe(),
                    suggest(prefix, known, "prefixes of the task"));
  return false;
}

}  // namespace leakprobe
