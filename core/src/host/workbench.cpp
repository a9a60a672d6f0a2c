#include "leakprobe/host/workbench.h"

#include <cstdlib>
#include <utility>

#include "format/json.h"
#include "format/json_to_value.h"
#include "host/experiment.h"
#include "host/workbench_state.h"
#include "plugin/search.h"
#include "run/runner.h"

namespace leakprobe::host {
namespace {

std::string joined(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    text += (text.empty() ? "" : "\n") + diagnostic.text();
  }
  return text;
}

}  // namespace

InvalidExperiment::InvalidExperiment(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(joined(diagnostics)), diagnostics_(std::move(diagnostics)) {}

Workbench::Workbench(Settings settings) : state_(std::make_unique<State>()) {
  state_->settings = std::move(settings);
  state_->registry.load(plugin_search_path(state_->settings.plugin_paths,
                                           std::getenv("LEAKPROBE_PLUGIN_PATH"),
                                           state_->settings.program));
  for (const LoadFailure& failure : state_->registry.failures()) {
    state_->failures.push_back({failure.path, failure.reason, failure.named});
  }
}

Workbench::~Workbench() = default;

const std::vector<PluginFailure>& Workbench::plugin_failures() const { return state_->failures; }

RunOutcome Workbench::run(const ExperimentFile& file, const RunOptions& options) const {
  state_->registry.require_named();
  const Composition composition = require_single(file, state_->registry);
  return run_experiment(composition, state_->registry, options);
}

std::string version() { return LEAKPROBE_VERSION; }

Value parse_json(std::string_view text, const std::string& source) {
  return to_value(JsonValue::parse(text, source));
}

}  // namespace leakprobe::host
