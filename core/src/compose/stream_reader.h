#pragma once

#include <optional>
#include <string>

#include "leakprobe/params.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The stream that `value` describes: a source, a list of sources, a mapping from columns to those,
/// or a rollout. Prefixes are filled in, sets of pairs become their columns. With `task` its
/// sources and lengths are checked too. Nothing where something was wrong: then it has been
/// reported.
std::optional<Stream> read_stream(const Value& value, const std::string& path,
                                  const TaskFacts* task, Reader& reader);

/// JSON Schema of a stream, whole or in part (see schema_forms.h).
Value stream_schema(bool whole);

}  // namespace leakprobe
