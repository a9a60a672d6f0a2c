#include "leakprobe/host/workbench.h"

#include <cstdlib>
#include <utility>

#include "format/files.h"
#include "format/json_to_value.h"
#include "plugin/guard.h"
#include "plugin/search.h"
#include "run/runner.h"
#include "text/quote.h"
#include "workbench/experiment.h"
#include "workbench/workbench_state.h"

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

std::string failure_sentence(std::exception_ptr failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.what();
  } catch (const CheckError& error) {
    return std::string("a mistake in leakprobe or a plugin, please report it: ") + error.what();
  } catch (...) {
    return failure_text(failure);
  }
}

Workbench::Workbench(Settings settings) : state_(std::make_unique<State>()) {
  state_->settings = std::move(settings);
  if (state_->settings.warn) {
    state_->registry.on_open_place([warn = state_->settings.warn](const OpenPlace& place) {
      warn(printable(place.path.string()) + ": " + place.reason);
    });
  }
  state_->registry.load(plugin_search_path(state_->settings.plugin_paths,
                                           std::getenv(kPathVariable), state_->settings.program));
  for (const LoadFailure& failure : state_->registry.failures()) {
    state_->failures.push_back({failure.path, failure.reason, failure.named});
  }
}

Workbench::~Workbench() = default;

const std::vector<PluginFailure>& Workbench::plugin_failures() const { return state_->failures; }

RunOutcome Workbench::run(const ExperimentFile& file, const RunOptions& options) const {
  state_->require_named_plugins();
  std::vector<Diagnostic> warnings;
  const Composition composition = require_single(file, state_->registry, warnings);
  for (const std::string& phase : options.leave_after) {
    if (composition.find_phase(phase) != nullptr) continue;
    std::vector<std::string> known;
    for (const ComposedPhase& each : composition.phases) known.push_back(each.name);
    throw UsageError("--leave-after names the phase " + quote(phase) + ", which there is not; " +
                     suggest(phase, known, "phases"));
  }
  if (options.observer.begins) options.observer.begins();
  if (options.observer.warnings) options.observer.warnings(warnings);
  return run_experiment(composition, state_->registry, options);
}

const char* file_read_at(const void* address) noexcept { return mapped_file_at(address); }

std::string version() { return LEAKPROBE_VERSION; }

Value parse_json(std::string_view text, const std::string& source) {
  return value_of_json(text, source);
}

}  // namespace leakprobe::host
