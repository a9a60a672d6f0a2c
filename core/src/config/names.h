#pragma once

#include <string>
#include <string_view>

#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

/// The one rule for names that an experiment, a plugin or a run directory gives to things: they
/// become names of files, parts of tensor names and of the names of random streams, keys, cells of
/// tables, and words on terminals.
namespace leakprobe {

/// What a name must not be, such as "begins with a dot"; "" for a good one. A good name is UTF-8
/// of 1 to 200 bytes without '/', without a dot or blank at its beginning and without a blank at
/// its end, every character of which can be seen.
std::string name_fault(std::string_view name);

/// JSON Schema of the same, as far as it can say so: it takes every good name, and "" for none.
Value name_schema();

/// Reports a name with a fault at `place`. False where it did.
bool check_name(const std::string& name, const Place& place, const std::string& path,
                Diagnostics& diagnostics);

}  // namespace leakprobe
