#pragma once

#include <string>
#include <vector>

#include "command.h"

namespace leakprobe::cli {

/// What shells call for each word that is typed: `leakprobe complete -- WORDS...`. No command of
/// people's, so no help names it.
inline constexpr const char* kCompleteCommand = "complete";

/// What may become of the last of `words`, which stand behind the program's name, as whole words;
/// none where a file or folder belongs, which shells know themselves. Plugins are loaded where
/// they are asked for alone.
std::vector<std::string> completions(const std::vector<Command>& commands,
                                     const std::vector<std::string>& words, const Session& session);

/// The script by which a shell asks; throws UsageError for a shell that is not known.
std::string completion_script(const std::string& shell);

/// The shells that are known.
const std::vector<std::string>& shells();

}  // namespace leakprobe::cli
