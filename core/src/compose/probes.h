#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compose/cells.h"
#include "compose/composition.h"
#include "compose/lineage.h"
#include "compose/slots.h"

namespace leakprobe {

/// The keys of a probe that belong to the engine, besides type.
struct ProbeKeys {
  std::string name;
  int64_t every = 0;
  std::vector<std::string> phases;
  int64_t rows = 128;
  std::optional<std::vector<SetPart>> sets;
  std::optional<std::vector<std::string>> prefixes;
  static void declare(Schema<ProbeKeys>& schema);
};

/// The probes of `list`, the value under `probes:`; `resolved` gets them with every default.
/// Without `task` only their options are read.
std::vector<ComposedProbe> compose_probes(const Value& list, const TaskFacts* task, Slots& slots,
                                          const Lineage& lineage, Value& resolved);

/// Reports probes of more rows than can be held, counting those that gates, claims and the plugin's
/// own comparison with the control have added.
void check_probed_rows(const std::vector<ComposedProbe>& probes, const TaskFacts& task,
                       Diagnostics& diagnostics);

/// What a measurement reads of a probe: "likelihood" is its value, "exposure/median" one of its
/// aggregates.
struct Measure {
  std::string probe;      ///< name or type
  std::string aggregate;  ///< "" = the value
};
Measure measure_of(const std::string& text);

/// The probe that a measurement in `phase` is read from: the first one of that name, otherwise the
/// first of that type, among those made in the phase; nullptr where there is none.
const ComposedProbe* find_probe(const std::vector<ComposedProbe>& probes,
                                const std::string& measure, const std::string& phase);
ComposedProbe* find_probe(std::vector<ComposedProbe>& probes, const std::string& measure,
                          const std::string& phase);

/// The names of the probes of a resolved experiment that measure `measure`: the one of that name,
/// otherwise those of that type.
std::vector<std::string> probes_of(const Value& experiment, const std::string& measure);

/// What belongs to the engine in every probe.
const Parameters& probe_parameters();
/// JSON Schema of what belongs to the engine in every probe.
Value probe_keys_schema();

}  // namespace leakprobe
