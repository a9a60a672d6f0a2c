#include "compose/run_files.h"

#include <map>
#include <utility>

#include "compose/words.h"
#include "config/names.h"

namespace leakprobe {
namespace {

std::vector<std::string> engine_files() {
  return {kConfigFile, kEnvironmentFile, kMetricsFile, kTimingFile,  kItemsFile, kLedgerFile,
          kResultFile, kStatusFile,      kLogFile,     kCheckpoints, kStateFile};
}

}  // namespace

bool is_engine_file(const std::string& name) { return contains(engine_files(), name); }

std::vector<std::string> sink_files(const Composition& composition) {
  std::vector<std::string> files;
  for (const Slot<Sink>& sink : composition.sinks) {
    if (!sink.facts().file.empty()) files.push_back(sink.facts().file);
  }
  return files;
}

std::vector<std::string> run_files(const Composition& composition) {
  std::vector<std::string> files = engine_files();
  for (std::string& file : sink_files(composition)) files.push_back(std::move(file));
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
