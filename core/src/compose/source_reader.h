#pragma once

#include <string>
#include <utility>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The sources of a list or of one mapping, in the order of the file.
struct SourceList {
  /// Each with the column of the stream that it fills: "" for rows, the name of a column where a
  /// set of pairs was named as a whole.
  std::vector<std::pair<std::string, Source>> sources;
  /// What the sources say about the order of items, with where they say it.
  std::vector<Value> orders;
  /// Whether there were more than a stream may have: that was reported, and no further one is read.
  bool is_full = false;
};

/// Reads sources; `out` gets them as far as they are good. False where something was reported.
bool read_sources(SourceList& out, const Value& value, const std::string& path,
                  const TaskFacts* task, Reader& reader);

/// Whether `key` belongs to a source rather than being the name of a column.
bool is_source_key(const std::string& key);
/// The keys of a source.
std::vector<std::string> source_keys();
/// The same with their types, ranges and docs.
const Parameters& source_parameters();
/// JSON Schema of one source.
Value source_schema();

/// Reads "shuffled" or "given". False where something was reported.
bool read_order(Stream::Order& out, const Value& value, const std::string& path, Reader& reader);

/// Whether `prefix` may stand before rows of the task; reported at `place` where it may not.
bool check_prefix(const std::string& prefix, const TaskFacts& task, const Place& place,
                  const std::string& path, Diagnostics& diagnostics);

}  // namespace leakprobe
