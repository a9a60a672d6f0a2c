#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/rollout.h"
#include "leakprobe/rows.h"
#include "leakprobe/sign.h"

namespace leakprobe {

/// The column of a stream of plain rows; an objective with one column takes it, whatever its name.
inline constexpr const char* kRowsColumn = "rows";

/// Rows of one set: in the file {set: useful, prefix: regular, repeat: 60}; `set: [a, b]` stands
/// for one source each, `set: train.rejected` for one column of a set of pairs.
struct Source : RowsOf {
  std::optional<int64_t> repeat;                ///< copies of each item
  std::optional<int64_t> count;                 ///< items in all
  std::optional<std::array<int64_t, 2>> items;  ///< a part of the set: [from, to)
  Place place;
  /// Of planted rows: what their reward makes of them, whatever the objective's sign.
  std::optional<Sign> sign = {};
};

/// One named column of a stream: its sources one after the other.
struct StreamColumn {
  std::string name;
  std::vector<Source> sources;
};

/// What a term of a phase trains on. In the file: a source, a list of sources (one column, "rows"),
/// a mapping from columns to those, a rollout, or a name under `streams:`. A stream has one
/// content: phases that share it see the same items, each in its own order; rollouts are each
/// phase's own, with the fresh rows that are planted in them.
struct Stream {
  enum class Order { shuffled, given };
  friend constexpr auto words_of(Order) {
    return std::array{Word{Order::shuffled, "shuffled", "an order of the phase's own"},
                      Word{Order::given, "given", "as the sets have them"}};
  }
  std::string name;  ///< the name under `streams:`, or "" for one written in place
  std::string path;
  Place place;
  /// With `rollout` it is one, "rows", whose sources are those of the planted rows, if any.
  std::vector<StreamColumn> columns;
  Order order = Order::shuffled;
  std::optional<Rollout> rollout = {};

  const StreamColumn* find(const std::string& column) const;
};

/// The stream as a file says it: its name, or its columns in full.
Value to_value(const Stream& stream);

template <>
struct ParameterType<Stream> {
  static std::string name() { return "stream"; }
  static Value schema() { return detail::pair("$ref", "#/$defs/stream"); }
  static bool read(Stream& out, const Value& value, const std::string& path, Reader& reader);
  static Value write(const Stream& stream) { return to_value(stream); }
};

}  // namespace leakprobe
