#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/measure.h"
#include "leakprobe/params.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The rows that a probe or claim names: in the file "held_out", "train.rejected", or a part of
/// either: {set: useful, items: [12, 24]}.
struct SetPart {
  std::string set;
  std::optional<std::array<int64_t, 2>> items;
  Place place;
  static void declare(Schema<SetPart>& schema);
};

template <>
struct ParameterType<SetPart> {
  static std::string name() { return "set or part of one"; }
  static Value schema();
  static bool read(SetPart& out, const Value& value, const std::string& path, Reader& reader);
  static Value write(const SetPart& part);
};

/// The cells that `part` means, without a prefix: one, or one for each column of a set that is
/// named without one. Empty where the task has no such rows: then that was reported at the part's
/// place.
std::vector<Cell> cells_of(const SetPart& part, const TaskFacts& task, const std::string& path,
                           Diagnostics& diagnostics);

/// The columns of the set as "train.rejected" and "train.chosen": first those that some role
/// protects, since it is they that experiments ask about.
std::vector<std::string> columns_by_name(const SetFacts& set);
/// For where one of them is to be named: "write train.rejected or train.chosen".
std::string hint_to_name_column(const SetFacts& set);

/// What is wrong with a part [from, to) of a set, and what to write in place of it; both "" where
/// nothing is.
struct PartFault {
  std::string what, hint;
};
PartFault fault_of_part(const std::array<int64_t, 2>& items, const SetFacts& set);

/// Takes the name "train.rejected" of a cell that a plugin made apart. What is wrong with the cell,
/// such as "the task has no set 'x'"; "" where nothing is.
std::string take_apart(Cell& cell, const TaskFacts& task);

}  // namespace leakprobe
