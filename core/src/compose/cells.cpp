#include "compose/cells.h"

#include "compose/lengths.h"
#include "compose/source_reader.h"
#include "compose/words.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

const Schema<SetPart>& schema_of_part() {
  static const Schema<SetPart> schema;
  return schema;
}

}  // namespace

void SetPart::declare(Schema<SetPart>& schema) {
  schema.required("set", &SetPart::set, not_empty(),
                  "Set of the task; 'train.rejected' is one column of a set of pairs.");
  schema.field("items", &SetPart::items, kAny, "A part of the set: [from, to), counted from 0.");
}

Value ParameterType<SetPart>::schema() {
  return detail::pair(
      "anyOf", Value(Value::List{ParameterType<std::string>::schema(), schema_of_part().schema()}));
}

bool ParameterType<SetPart>::read(SetPart& out, const Value& value, const std::string& path,
                                  Reader& reader) {
  out.place = value.place;
  if (value.is_map()) return schema_of_part().read_into(&out, value, path, reader);
  if (!value.is_string()) {
    return detail::wrong_type(
        value, path, "the name of a set", reader,
        "write a set's name, or {set: ..., items: [from, to]} for a part of it");
  }
  out.set = value.as_string();
  out.items.reset();
  return true;
}

Value ParameterType<SetPart>::write(const SetPart& part) {
  if (!part.items) return part.set;
  return schema_of_part().write(&part);
}

std::vector<Cell> cells_of(const SetPart& part, const TaskFacts& task, const std::string& path,
                           Diagnostics& diagnostics) {
  std::vector<Cell> cells;
  const std::optional<RowsOf> rows = task.rows_named(part.set);
  const SetFacts* set = task.find(rows ? rows->set : part.set);
  if (rows) cells.emplace_back(*rows);
  if (!rows && set != nullptr) {
    for (const ColumnFacts& column : set->columns) {
      cells.emplace_back(RowsOf{part.set, column.name, ""});
    }
  }
  if (set == nullptr) {
    diagnostics.error(part.place, path, "the task has no set " + Value(part.set).describe(),
                      suggest(part.set, task.row_names(), "sets of the task"));
    return {};
  }
  if (set->size && *set->size == 0) {
    diagnostics.error(part.place, path, "set " + Value(part.set).describe() + " is empty",
                      "leave it out: there is nothing to measure");
    return {};
  }
  if (part.items) {
    const PartFault fault = fault_of_part(*part.items, *set);
    if (!fault.what.empty()) {
      diagnostics.error(part.place, path, fault.what, fault.hint);
      return {};
    }
    for (Cell& cell : cells) cell.items = part.items;
  }
  return cells;
}

std::vector<std::string> columns_by_name(const SetFacts& set) {
  std::vector<std::string> names;
  for (const bool ordinary : {false, true}) {
    for (const ColumnFacts& column : set.columns) {
      if ((set.role_of(column.name).kind == Role::Kind::ordinary) != ordinary) continue;
      names.push_back(RowsOf{set.name, column.name, ""}.name());
    }
  }
  return names;
}

std::string hint_to_name_column(const SetFacts& set) {
  std::string names;
  for (const std::string& name : columns_by_name(set)) {
    names += (names.empty() ? "write " : " or ") + name;
  }
  return names;
}

PartFault fault_of_part(const std::array<int64_t, 2>& items, const SetFacts& set) {
  const auto [from, to] = items;
  const int64_t size = set.size.value_or(kMostItems);
  if (0 <= from && from < to && to <= size) return {};
  return {"[" + std::to_string(from) + ", " + std::to_string(to) + ") is no part of set " +
              Value(set.name).describe() + ", " +
              (set.size ? "which has " + counted(size, "item") : "counted from 0"),
          "write items: [from, to] with 0 <= from < to <= " + std::to_string(size)};
}

std::string take_apart(Cell& cell, const TaskFacts& task) {
  const std::string name = cell.RowsOf::name();
  const std::optional<RowsOf> rows = task.rows_named(name);
  if (!rows) {
    const SetFacts* set = task.find(name);
    return set == nullptr ? "the task has no set " + Value(name).describe()
                          : "set " + Value(name).describe() + " has columns, and none is named";
  }
  std::vector<std::string> prefixes = task.prefixes;
  prefixes.emplace_back(kNoPrefix);
  if (cell.prefix.empty()) cell.prefix = task.first_prefix();
  if (!contains(prefixes, cell.prefix)) {
    return "the task has no prefix " + Value(cell.prefix).describe();
  }
  cell.set = rows->set;
  cell.column = rows->column;
  return "";
}

}  // namespace leakprobe
