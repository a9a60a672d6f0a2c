#include "host/experiment.h"

#include <utility>

#include "compose/compose.h"
#include "config/load_experiment.h"

namespace leakprobe {
namespace {

/// Loads the libraries under `plugins:`; one that cannot be used is a mistake at that place.
void load_libraries(const Value& experiment, Registry& registry, Diagnostics& diagnostics) {
  const Value* plugins = experiment.find("plugins");
  for (const std::filesystem::path& path : plugin_libraries(experiment)) {
    const size_t before = registry.failures().size();
    registry.load({{path, "the experiment"}});
    for (const LoadFailure& failure : registry.take_failures(before)) {
      diagnostics.error(plugins->place, "plugins", failure.path.string() + ": " + failure.reason);
    }
  }
}

void warn_of_missing_model(const Composition& composition, Diagnostics& diagnostics) {
  if (composition.model.missing.empty()) return;
  const Value* model = composition.resolved.find("model");
  const Value* path = model != nullptr ? model->find("path") : nullptr;
  diagnostics.warning(path != nullptr ? path->place : Place{}, "model.path",
                      composition.model.missing);
}

}  // namespace

std::optional<Composition> compose_file(const host::ExperimentFile& file, Registry& registry,
                                        Diagnostics& diagnostics) {
  const Value experiment = load_experiment(file.path, file.overrides, diagnostics);
  if (experiment.is_null()) return std::nullopt;
  load_libraries(experiment, registry, diagnostics);
  auto composition = compose(experiment, registry, diagnostics);
  if (composition) warn_of_missing_model(*composition, diagnostics);
  return diagnostics.has_errors() ? std::nullopt : std::move(composition);
}

Composition require_composition(const host::ExperimentFile& file, Registry& registry,
                                std::vector<Diagnostic>* warnings) {
  Diagnostics diagnostics;
  auto composition = compose_file(file, registry, diagnostics);
  if (!composition) throw host::InvalidExperiment(diagnostics.sorted());
  if (warnings != nullptr) *warnings = diagnostics.sorted();
  return *std::move(composition);
}

Composition require_single(const host::ExperimentFile& file, Registry& registry) {
  Composition composition = require_composition(file, registry);
  if (!composition.sweep.empty()) {
    Diagnostics diagnostics;
    diagnostics.error(composition.sweep.front().place, "sweep",
                      "this file describes several experiments, not one",
                      "run one of them: sweep=null and its values, as key=value");
    throw host::InvalidExperiment(diagnostics.sorted());
  }
  return composition;
}

}  // namespace leakprobe
