#include "workbench/start_weights.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "format/files.h"
#include "instances/load_model.h"
#include "leakprobe/error.h"
#include "run/check_experiment.h"
#include "run/identity.h"
#include "run/runner.h"

namespace leakprobe {
namespace {

std::filesystem::path run_of(const Composition& composition) {
  return runs_folder(composition) / run_name(composition);
}

}  // namespace

StartWeights::StartWeights(const Composition& composition, const Registry& registry,
                           std::function<void(const std::string&)> warn)
    : composition_(composition),
      registry_(registry),
      warn_(std::move(warn)),
      initial_(require_initial_model(composition, registry)) {}

std::string StartWeights::why_no_run() const {
  const std::filesystem::path run = run_of(composition_);
  if (!is_there(run)) return "nobody has run the experiment in " + run.string();
  const Changes changes = changes_since(run, identity_of(composition_, registry_));
  return changes.any() ? run.string() + ": " + changes.text() + " since it ran" : "";
}

LoadedModel StartWeights::at(const WeightsRef& origin) {
  if (!origin.run.empty()) return load_run_weights(initial_, origin);
  if (origin.phase != "initial") {
    std::string why;
    try {
      why = why_no_run();
      if (why.empty()) {
        return load_run_weights(initial_, {origin.phase, run_of(composition_).string()});
      }
    } catch (const Error& unfit) {
      why = unfit.what();
    }
    if (unknown_.insert(origin.phase).second && warn_) {
      warn_("the initial weights stand for those that phase '" + origin.phase +
            "' leaves, which are not known: " + why);
    }
  }
  return initial_.with_weights(initial_.snapshot());
}

}  // namespace leakprobe
