#pragma once

#include <string>
#include <vector>

#include "leakprobe/host/workbench.h"

/// The reference of experiment files: what the engine and its plugins declare, as Markdown, around
/// the texts of reference_texts.h.
namespace leakprobe::cli {

/// "experiment" and the kinds of plugin.
std::vector<std::string> reference_pages();

/// A page; "" is the one that lists the others. Throws UsageError where there is none of the name.
std::string reference_page(const host::Workbench& workbench, const std::string& name);

}  // namespace leakprobe::cli
