#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "leakprobe/optimizer.h"
#include "leakprobe/params.h"
#include "leakprobe/schedule.h"
#include "leakprobe/sink.h"
#include "leakprobe/slot.h"
#include "plugin/registry.h"

namespace leakprobe {

class Slots;

struct CheckpointKeys {
  KeepCheckpoints keep = KeepCheckpoints::last;
  static void declare(Schema<CheckpointKeys>& schema);
};

/// The top-level keys of an experiment that depend on nothing else in it.
struct Settings {
  std::string name;
  int64_t seed = 0;
  Compute compute = Compute::float32;
  std::string device = "cpu";
  int64_t threads = 0;
  int64_t rows_per_pass = 0;
  Slot<Optimizer> optimizer;
  Slot<Schedule> schedule;
  int64_t batch = 128;
  std::optional<std::vector<Slot<Sink>>> sinks;
  CheckpointKeys checkpoints;
  std::vector<std::filesystem::path> plugins;

  static void declare(Schema<Settings>& schema);
};

const Schema<Settings>& settings_schema();

/// The top-level keys that have readers of their own.
const std::vector<std::string>& composed_keys();

/// Reads the settings of an experiment; its name defaults to that of its file, its plugins to the
/// defaults of their kinds. Unknown keys are reported with all known ones in mind. False where
/// something was reported.
bool read_settings(Settings& settings, const Value& experiment, Slots& slots);

/// The libraries under `plugins:`, which are loaded before anything else is looked at; what is
/// wrong with them is reported when the experiment is composed.
std::vector<std::filesystem::path> plugin_libraries(const Value& experiment);

/// For who reads the experiment of another run: loading a library runs its code, so that those
/// which that run alone names stay where they are. Why the experiment cannot be composed for them,
/// or for the `unknown` plugins of libraries that were named when it was run; "" where there are
/// none of either.
std::string about_absent_plugins(const Value& experiment, const std::vector<std::string>& unknown,
                                 const Registry& registry);

}  // namespace leakprobe
