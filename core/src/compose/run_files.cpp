#include "compose/run_files.h"

#include <algorithm>
#include <map>
#include <utility>

#include "compose/words.h"
#include "config/names.h"

namespace leakprobe {
namespace {

std::vector<std::string> files_of_every_run() {
  return {kConfigFile, kEnvironmentFile, kMetricsFile, kTimingFile,  kItemsFile, kLedgerFile,
          kResultFile, kStatusFile,      kLogFile,     kCheckpoints, kStateFile};
}

std::vector<std::string> engine_files() {
  std::vector<std::string> files = files_of_every_run();
  files.emplace_back(kSamplesFile);
  return files;
}

bool makes_rows(const ComposedPhase& phase) {
  return std::any_of(phase.terms.begin(), phase.terms.end(),
                     [](const ComposedTerm& term) { return term.term.stream.rollout.has_value(); });
}

}  // namespace

bool is_engine_file(const std::string& name) { return contains(engine_files(), name); }

std::vector<std::string> further_files(const Composition& composition) {
  std::vector<std::string> files;
  const std::vector<ComposedPhase>& phases = composition.phases;
  if (std::any_of(phases.begin(), phases.end(), makes_rows)) files.emplace_back(kSamplesFile);
  for (const Slot<Sink>& sink : composition.sinks) {
    if (!sink.facts().file.empty()) files.push_back(sink.facts().file);
  }
  return files;
}

std::vector<std::string> run_files(const Composition& composition) {
  std::vector<std::string> files = files_of_every_run();
  for (std::string& file : further_files(composition)) files.push_back(std::move(file));
  return files;
}

void check_sink_files(const std::vector<Slot<Sink>>& sinks, Diagnostics& diagnostics) {
  std::map<std::string, std::string> makers;
  for (const std::string& file : engine_files()) makers.emplace(file, "the run itself");
  for (const Slot<Sink>& sink : sinks) {
    if (!sink) continue;  // reported where it was read
    const std::string& file = sink.facts().file;
    if (file.empty() || !check_name(file, sink->place, sink->path, diagnostics)) continue;
    const auto [earlier, is_new] = makers.emplace(file, "sink " + sink->type);
    if (is_new) continue;
    diagnostics.error(
        sink->place, sink->path,
        "sink " + sink->type + " writes the file '" + file + "', as " + earlier->second + " does",
        "leave out one of them");
  }
}

}  // namespace leakprobe
