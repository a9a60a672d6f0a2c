#pragma once

#include <filesystem>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe::host {

/// Asks the plugins of a library the laws of their kinds (leakprobe/kit/conformance.h):
///     [{plugin: "objective/acme.npo", options: an example of the plugin's, "" = its defaults,
///       laws: [{name, outcome: holds | broken | not_asked, reasons: [text], contract, header}]}]
/// `beside` are libraries, or folders of them, with plugins that examples name, besides those of
/// this installation; `tokenizer`, where it is not empty, is a tokenizer.json or its folder, for
/// plugins that need one. Throws UsageError where a file is not there, holds no plugin that can be
/// used, or is no tokenizer.
Value verify(const std::filesystem::path& library, const std::vector<std::filesystem::path>& beside,
             const std::filesystem::path& tokenizer);

}  // namespace leakprobe::host
