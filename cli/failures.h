#pragma once

#include <string>
#include <vector>

#include "leakprobe/host/workbench.h"
#include "terminal.h"

/// Everything that goes wrong, on standard error.
namespace leakprobe::cli {

/// "leakprobe: error: <message>"
void print_error(const Terminal& terminal, const std::string& message);
/// "leakprobe: warning: <message>" for each of a list of texts.
void print_warnings(const Terminal& terminal, const Value& messages);
/// Each as "file:12:14: error: ..." and at the end how many there are.
void print_diagnostics(const Terminal& terminal, const std::vector<Diagnostic>& diagnostics);
/// [{severity, file, line, column, path, message, hint}]
Value diagnostics_value(const std::vector<Diagnostic>& diagnostics);
bool has_errors(const std::vector<Diagnostic>& diagnostics);
/// The libraries that could not be used, as warnings: something that the user asks for may be in
/// one. Those that somebody named are errors and make most commands fail by themselves, so they are
/// left out unless asked for.
void print_plugin_failures(const Terminal& terminal, const host::Workbench& workbench,
                           bool with_named = false);
/// Whether a path that somebody named holds no plugins that can be used.
bool named_plugins_failed(const host::Workbench& workbench);

}  // namespace leakprobe::cli
