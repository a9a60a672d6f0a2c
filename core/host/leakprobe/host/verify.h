#pragma once

#include <filesystem>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe::host {

/// Asks the plugins of a library the laws of their kinds (leakprobe/kit/conformance.h):
///     [{plugin: "objective/acme.npo", options: an example of the plugin's, "" = its defaults,
///       laws: [{name, outcome: holds | broken | not_asked, reasons: [text], contract, header}]}]
/// `beside` are libraries, or folders of them, with plugins that examples name, besides those of
/// this installation. Throws UsageError where a file is not there, or holds no plugin that can be
/// used.
Value verify(const std::filesystem::path& library,
             const std::vector<std::filesystem::path>& beside);

}  // namespace leakprobe::host
