#include "workbench/experiment.h"

#include <functional>
#include <map>
#include <set>
#include <utility>

#include "compose/compose.h"
#include "config/load_experiment.h"
#include "run/check_experiment.h"
#include "workbench/experiment_part.h"

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
  if (const auto missing = missing_model(composition)) {
    diagnostics.warning(missing->place, missing->path, missing->message);
  }
}

void require_no_errors(const Diagnostics& diagnostics) {
  if (diagnostics.has_errors()) throw host::InvalidExperiment(diagnostics.sorted());
}

/// The diagnostics of many experiments that differ little, each kept once.
class PointDiagnostics {
 public:
  void add(const std::string& label, const Diagnostics& diagnostics) {
    for (const Diagnostic& diagnostic : diagnostics.sorted()) {
      const auto [at, is_new] = index_.emplace(diagnostic.text(), found_.size());
      if (is_new) found_.push_back({diagnostic, label, 0});
      ++found_[at->second].points;
    }
  }

  /// All of them; what is wrong with some points alone says with which.
  Diagnostics all(size_t points) const {
    Diagnostics all;
    for (const Found& found : found_) {
      const Diagnostic& each = found.diagnostic;
      std::string message = each.message;
      if (found.points < points) {
        message += ", where " + found.label;
        if (found.points > 1) {
          message += " (and in " + std::to_string(found.points - 1) + " more of the sweep's runs)";
        }
      }
      if (each.severity == Diagnostic::Severity::error) {
        all.error(each.place, each.path, message, each.hint);
      } else {
        all.warning(each.place, each.path, message, each.hint);
      }
    }
    return all;
  }

 private:
  struct Found {
    Diagnostic diagnostic;
    std::string label;  ///< of the first point that has it
    size_t points = 0;
  };
  std::vector<Found> found_;
  std::map<std::string, size_t> index_;  ///< by text
};

/// Composes and checks each experiment of a sweep and hands it to `take`; gives what is wrong with
/// them or warned of.
Diagnostics check_points(const Value& experiment, const std::vector<SweepAxis>& axes,
                         Registry& registry, const std::function<void(ComposedPoint)>& take) {
  PointDiagnostics all;
  Diagnostics expanded;
  size_t points = 0;
  // The digest is without the seed, and with the seed rows differ.
  std::set<std::pair<std::string, uint64_t>> checked;
  for_each_point(experiment, axes, expanded, [&](SweepPoint point) {
    // Whatever cases were merged: it names the experiment that gives itself no name.
    point.experiment.place = experiment.place;
    Diagnostics found;
    std::optional<Composition> composition = compose(point.experiment, registry, found);
    if (composition) {
      warn_of_missing_model(*composition, found);
      if (checked.emplace(composition->digest, composition->seed).second) {
        check_experiment(*composition, registry, Depth::quick, found);
      }
      take({point.label, std::move(point.labels), *std::move(composition)});
    }
    all.add(point.label, found);
    ++points;
  });
  return expanded.has_errors() ? expanded : all.all(points);
}

}  // namespace

std::vector<ComposedPoint> require_sweep(const host::ExperimentFile& file, Registry& registry,
                                         std::vector<SweepAxis>& axes,
                                         std::vector<Diagnostic>& warnings) {
  Diagnostics diagnostics;
  const Value experiment = load_experiment(file.path, file.overrides, diagnostics);
  if (experiment.is_null() || report_part(experiment, file.path, diagnostics)) {
    throw host::InvalidExperiment(diagnostics.sorted());
  }
  load_libraries(experiment, registry, diagnostics);
  axes = parse_sweep(experiment, diagnostics);
  if (axes.empty() && !diagnostics.has_errors()) {
    diagnostics.error(experiment.place, "sweep", "this file has no sweep: it is one experiment",
                      "run it with 'leakprobe run', or give axes such as sweep={seed: [0, 1, 2]}");
  }
  require_no_errors(diagnostics);

  std::vector<ComposedPoint> composed;
  const Diagnostics merged = check_points(experiment, axes, registry, [&](ComposedPoint point) {
    composed.push_back(std::move(point));
  });
  require_no_errors(merged);
  warnings = merged.sorted();
  return composed;
}

std::vector<Diagnostic> diagnose(const host::ExperimentFile& file, Registry& registry) {
  Diagnostics diagnostics;
  const Value experiment = load_experiment(file.path, file.overrides, diagnostics);
  if (experiment.is_null() || report_part(experiment, file.path, diagnostics)) {
    return diagnostics.sorted();
  }
  load_libraries(experiment, registry, diagnostics);
  const auto composition = compose(experiment, registry, diagnostics, Digest::no);
  if (composition) warn_of_missing_model(*composition, diagnostics);
  if (!composition || diagnostics.has_errors()) return diagnostics.sorted();
  if (composition->sweep.empty()) {
    check_experiment(*composition, registry, Depth::quick, diagnostics);
    return diagnostics.sorted();
  }
  // Nobody runs it without one of the sweep's cases, so that it may be wrong without them.
  return check_points(experiment, composition->sweep, registry, [](const ComposedPoint&) {})
      .sorted();
}

std::optional<Composition> compose_file(const host::ExperimentFile& file, Registry& registry,
                                        Diagnostics& diagnostics, Digest digest) {
  const Value experiment = load_experiment(file.path, file.overrides, diagnostics);
  if (experiment.is_null() || report_part(experiment, file.path, diagnostics)) return std::nullopt;
  load_libraries(experiment, registry, diagnostics);
  auto composition = compose(experiment, registry, diagnostics, digest);
  if (composition) warn_of_missing_model(*composition, diagnostics);
  return diagnostics.has_errors() ? std::nullopt : std::move(composition);
}

Composition require_composition(const host::ExperimentFile& file, Registry& registry,
                                std::vector<Diagnostic>* warnings) {
  Diagnostics diagnostics;
  auto composition = compose_file(file, registry, diagnostics);
  if (!composition) throw host::InvalidExperiment(diagnostics.sorted());
  check_experiment(*composition, registry, Depth::quick, diagnostics);
  require_no_errors(diagnostics);
  if (warnings != nullptr) *warnings = diagnostics.sorted();
  return *std::move(composition);
}

Composition require_single(const host::ExperimentFile& file, Registry& registry,
                           std::vector<Diagnostic>& warnings) {
  Diagnostics diagnostics;
  auto composition = compose_file(file, registry, diagnostics);
  if (composition && !composition->sweep.empty()) {
    diagnostics.error(composition->sweep.front().place, "sweep",
                      "this file describes several experiments, not one",
                      "run them with 'leakprobe sweep " + file.path.string() +
                          "', or one of them with sweep=null and its values as key=value");
  }
  if (!composition || diagnostics.has_errors()) {
    throw host::InvalidExperiment(diagnostics.sorted());
  }
  require_model(*composition);
  warnings = diagnostics.sorted();
  return *std::move(composition);
}

}  // namespace leakprobe
