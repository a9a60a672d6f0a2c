#include "compose/stream_reader.h"

#include <algorithm>

#include "compose/lengths.h"
#include "compose/places.h"
#include "compose/rollout_reader.h"
#include "compose/schema_forms.h"
#include "compose/source_reader.h"
#include "compose/words.h"

namespace leakprobe {
namespace {

constexpr const char* kOrder = "order";

StreamColumn& column_of(Stream& stream, const std::string& name) {
  for (StreamColumn& column : stream.columns) {
    if (column.name == name) return column;
  }
  stream.columns.push_back({name, {}});
  return stream.columns.back();
}

/// Whether `value` is meant as a source: it has a key of one. A column may not be called like one.
bool is_source(const Value& value) {
  return std::any_of(value.entries().begin(), value.entries().end(), [](const Value::Entry& entry) {
    return entry.key != kOrder && is_source_key(entry.key);
  });
}

/// Whether an entry holds the sources of a column; a misspelt key of a source does not.
bool is_column(const Value::Entry& entry) {
  const bool holds_sources =
      entry.value.is_map() || (entry.value.is_list() && !entry.value.as_list().empty() &&
                               entry.value.as_list().front().is_map());
  return holds_sources && !is_source_key(entry.key) && nearest(entry.key, source_keys()).empty();
}

/// Reports a column beside the keys of a source, which one mapping cannot have both: `extends` may
/// have put them together.
bool check_not_both(const Value& value, const std::string& path, Reader& reader) {
  std::vector<std::string> columns;
  std::vector<std::string> keys;
  for (const Value::Entry& entry : value.entries()) {
    if (entry.key == kOrder || entry.value.is_null()) continue;
    if (is_source_key(entry.key)) {
      keys.insert(entry.key == "set" ? keys.begin() : keys.end(), entry.key);
    } else if (is_column(entry)) {
      columns.push_back(entry.key);
    }
  }
  if (keys.empty() || columns.empty()) return true;
  std::vector<std::string> both = columns;
  both.insert(both.end(), keys.begin(), keys.end());
  // What was set last is what its author has in mind.
  const Value::Entry& last = *last_set(value, both);
  const bool is_key = is_source_key(last.key);
  std::string hint = hint_to_leave_out(value, last, is_key ? columns : keys);
  if (hint.empty()) hint = "write either a source {set: ...} or columns";
  reader.diagnostics().error(
      last.place, child_path(path, last.key),
      "column " + Value(is_key ? columns.front() : last.key).describe() + " stands beside " +
          Value(is_key ? last.key : keys.front()).describe() + " of a source",
      hint);
  return false;
}

/// Sources without columns of their own: rows, or whole sets of pairs that bring columns.
bool read_rows(Stream& stream, std::vector<Value>& orders, const Value& value,
               const TaskFacts* task, Reader& reader) {
  SourceList list;
  const bool good = read_sources(list, value, stream.path, task, reader);
  orders = list.orders;
  for (auto& [column, source] : list.sources) {
    column_of(stream, column.empty() ? kRowsColumn : column).sources.push_back(source);
  }
  const size_t expected = stream.columns.empty() ? 0 : stream.columns.front().sources.size();
  for (const StreamColumn& column : stream.columns) {
    if (column.sources.size() == expected) continue;
    std::vector<std::string> names;
    for (const StreamColumn& each : stream.columns) names.push_back(each.name);
    reader.error(value, stream.path,
                 "its sets do not have the same columns; together they have " + enumerate(names),
                 "take one column of each, such as {set: train.rejected}");
    return false;
  }
  return good;
}

bool read_column(Stream& stream, std::vector<Value>& orders, const Value::Entry& entry,
                 const TaskFacts* task, Reader& reader) {
  const std::string path = child_path(stream.path, entry.key);
  if (!entry.value.is_map() && !entry.value.is_list()) {
    const std::string near = nearest(entry.key, source_keys());
    if (!near.empty()) {
      reader.diagnostics().error(entry.place, path,
                                 "unknown parameter " + Value(entry.key).describe(),
                                 "did you mean '" + near + "'?");
      return false;
    }
  }
  SourceList list;
  bool good = read_sources(list, entry.value, path, task, reader);
  orders.insert(orders.end(), list.orders.begin(), list.orders.end());
  StreamColumn column{entry.key, {}};
  for (auto& [of_set, source] : list.sources) {
    if (!of_set.empty()) {
      std::vector<std::string> columns;
      for (const ColumnFacts& facts : task->at(source.set).columns) {
        columns.push_back(facts.name);
      }
      reader.diagnostics().error(source.place, child_path(path, "set"),
                                 "set " + Value(source.set).describe() + " has the columns " +
                                     enumerate(columns) + ", and here is room for one",
                                 "write " + source.set + "." + columns.front());
      return false;
    }
    column.sources.push_back(source);
  }
  stream.columns.push_back(std::move(column));
  return good;
}

bool read_columns(Stream& stream, std::vector<Value>& orders, const Value& value,
                  const TaskFacts* task, Reader& reader) {
  bool good = true;
  for (const Value::Entry& entry : value.entries()) {
    if (entry.value.is_null()) continue;
    if (entry.key == kOrder) {
      orders.push_back(entry.value);
    } else {
      good = read_column(stream, orders, entry, task, reader) && good;
    }
  }
  return good;
}

bool decide_order(Stream& stream, const std::vector<Value>& orders, Reader& reader) {
  bool good = true;
  for (const Value& said : orders) {
    Stream::Order order = Stream::Order::shuffled;
    if (!read_order(order, said, child_path(stream.path, kOrder), reader)) {
      good = false;
      continue;
    }
    if (&said != &orders.front() && order != stream.order) {
      reader.error(said, child_path(stream.path, kOrder),
                   "a stream has one order, and another part of it says the opposite");
      return false;
    }
    stream.order = order;
  }
  return good;
}

}  // namespace

std::optional<Stream> read_stream(const Value& value, const std::string& path,
                                  const TaskFacts* task, Reader& reader) {
  Stream stream;
  stream.path = path;
  stream.place = value.place;
  if (!value.is_map() && !value.is_list()) {
    detail::wrong_type(
        value, path,
        "a source {set: ...}, a list of sources, a mapping of columns to those, or a "
        "rollout {sample: ..., reward: ...}",
        reader);
    return std::nullopt;
  }
  const bool is_sampled = is_rollout(value);
  if (value.is_map() && !is_sampled && !check_not_both(value, path, reader)) return std::nullopt;
  std::vector<Value> orders;
  bool good = is_sampled ? read_rollout(stream, orders, value, task, reader)
              : value.is_list() || is_source(value)
                  ? read_rows(stream, orders, value, task, reader)
                  : read_columns(stream, orders, value, task, reader);
  good = decide_order(stream, orders, reader) && good;
  if (good && stream.columns.empty()) {
    reader.error(value, path, "holds no source", "write {set: ...}");
    return std::nullopt;
  }
  if (!good || (task != nullptr && !check_lengths(stream, *task, reader.diagnostics()))) {
    return std::nullopt;
  }
  return stream;
}

Value stream_schema(bool whole) {
  const Value declared = source_schema();
  const Value source = whole_form(declared);
  const auto form = [&] { return whole ? strict_form(declared) : part_form(declared); };

  Value list = detail::pair("type", "array");
  list.set("minItems", 1);
  list.set("items", source);
  Value of_column = whole ? source : part_form(declared);
  Value columns = Value::map();
  Value known = detail::pair("extends", reference_to("extends"));
  known.set(kOrder, or_null(*declared.at("properties").find(kOrder)));
  columns.set("properties", std::move(known));
  columns.set("additionalProperties",
              or_null(detail::pair("anyOf", Value(Value::List{std::move(of_column), list}))));

  Value keys = Value::list();
  for (const Value::Entry& entry : declared.at("properties").entries()) {
    if (entry.key == kOrder) continue;
    keys.push_back(detail::pair("required", Value(Value::List{entry.key})));
  }
  const auto choose = [](Value having, Value then, Value otherwise) {
    Value choice = detail::pair("if", detail::pair("type", "object"));
    choice.at("if").set("anyOf", std::move(having));
    choice.set("then", std::move(then));
    choice.set("else", std::move(otherwise));
    return choice;
  };
  const Value rollout = rollout_schema();
  Value rollout_keys = Value::list();
  for (const Value::Entry& entry : rollout.at("properties").entries()) {
    rollout_keys.push_back(detail::pair("required", Value(Value::List{entry.key})));
  }
  Value by_keys = choose(std::move(rollout_keys), whole ? strict_form(rollout) : part_form(rollout),
                         choose(std::move(keys), form(), std::move(columns)));

  Value stream = detail::pair("type", Value(Value::List{"string", "array", "object"}));
  stream.set(
      "description",
      "The name of one under 'streams', a source, a list of sources, a mapping of columns to "
      "those, or a rollout.");
  stream.set("minLength", 1);
  stream.set("minItems", 1);
  stream.set("items", source);
  if (!whole) {
    for (Value::Entry& entry : by_keys.entries()) stream.set(entry.key, std::move(entry.value));
    return stream;
  }
  stream.set("if", reference_to("extending"));
  stream.set("then", reference_to(std::string("stream") + kPartSuffix));
  stream.set("else", std::move(by_keys));
  return stream;
}

}  // namespace leakprobe
