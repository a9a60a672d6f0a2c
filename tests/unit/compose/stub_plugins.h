#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "compose/compose.h"
#include "config/load_experiment.h"
#include "plugin/registry.h"

/// Plugins with just enough behaviour for experiments to be composed, registered without any file.
namespace leakprobe::compose_test {

/// Task `words`: sets fresh (no size), taught and secret (4 items each), pairs (6 items with
/// columns chosen and rejected) and control; prefixes near and far. Objectives `up`, `down`,
/// `either` and `look` on rows, `prefer` on pairs with a reference, `gain` on rollouts. Phases
/// `train` (terms by name, gates `low` and `agreed`) and `look` (no terms). Rewards `worth`, of
/// secrets, and `liked`, by a model. Probes `size` and `beside`, which needs the control.
const Registry& stub_registry();

/// Composes the YAML text as if it were the file "e.yaml".
std::optional<Composition> composed(const std::string& text, Diagnostics& diagnostics);

/// The same; "" or all diagnostics, a line each, hints left out.
std::string errors_of(const std::string& text);

/// An experiment around `phases`, the lines below "phases:"; further top-level lines in `more`.
std::string experiment(const std::string& phases, const std::string& more = "");

}  // namespace leakprobe::compose_test
