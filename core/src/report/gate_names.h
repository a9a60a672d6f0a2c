#pragma once

#include <string>
#include <vector>

#include "leakprobe/value.h"

/// Gates in the report value (its shape: leakprobe/host/report.h) are called "suppress.suppressed"
/// by phase and name; one that belongs to no phase, by its name alone.
namespace leakprobe {

/// `gate` is one of result.json.
std::string gate_name(const Value& gate);

/// The gates of which some run of a report has a value, in the order in which they first occur.
std::vector<std::string> gate_names(const Value& report);

/// The one of them that is meant, by its whole name or, where one phase has it, without the phase.
/// Throws host::UsageError where there is none, or there are several.
std::string meant_gate(const Value& report, const std::string& name);

}  // namespace leakprobe
