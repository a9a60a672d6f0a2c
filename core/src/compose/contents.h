#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// `value`, which stands at `parameter` of the composition's resolved form, with what paths hold in
/// place of the paths: a run's numbers depend on nothing else of them. `files` gets the files that
/// were looked at. A path that leads nowhere stays as it is. Throws Error where a file cannot be
/// read.
Value by_content(const Composition& composition, const Value& value, const std::string& parameter,
                 std::vector<FileContent>* files = nullptr);

/// A resolved experiment as it is kept in `folder`: paths below the current folder are written
/// relative to it where it lies there too, so that both may be moved together.
Value movable(const Value& resolved, const std::filesystem::path& folder);

/// Sets digest and files of a composition. Throws Error where a file cannot be read.
void identify(Composition& composition);

}  // namespace leakprobe
