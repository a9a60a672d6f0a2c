#pragma once

#include <filesystem>

#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// Whether a file, with all that it extends, is a part for other files to take over and no
/// experiment: it lacks most of what every experiment has, or something of it and others extend it.
/// Then it is reported as that, with the files that extend it, instead of by all that is missing.
bool report_part(const Value& experiment, const std::filesystem::path& file,
                 Diagnostics& diagnostics);

}  // namespace leakprobe
