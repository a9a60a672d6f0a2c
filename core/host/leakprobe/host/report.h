#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/value.h"

/// What many runs say together. Nothing here needs a plugin. Wrong folders and names are thrown as
/// UsageError, failures of the environment as Error; a run that is broken becomes a note.
namespace leakprobe::host {

struct ReportOptions {
  /// Folders of sweeps (with a sweep.json), of runs, or below which runs lie.
  std::vector<std::filesystem::path> directories;
  /// Where files are written; empty = the first directory, which then has to be a run's, a sweep's
  /// or one of runs.
  std::filesystem::path out;
  /// Differences between runs that do not matter: "compute", "optimizer", "data", "build".
  std::vector<std::string> pool;
  std::optional<double> power;  ///< also say how many seeds find the observed effect that often
  bool figures = true;          ///< also draw figures and write report.html
  /// The gate against whose value the effect is also drawn: "phase.gate", or "gate" where one phase
  /// has it. One that has a value in no run is a wrong name.
  std::string against = {};
};

/// Groups the runs by configuration, over seeds, and tests each group's claim:
///     {version, leakprobe, axes: [{name, cases}],
///      groups: [{label, labels: {axis: case}, configuration, claim, claim_name (where runs make
///                several claims, each a group of its own, those of the first before the others),
///                unit, direction, log_probability, above_chance, waived: ["phase.gate"],
///                missed: [those of them that did not hold in a VALID run], model,
///                parameters: null | {total, trained: {phase: number}}, compute, device, cpu,
///                runs: [{directory, seed, verdict, reasons, waived, missed,
///                        gates: {"phase.gate": value} (of those that have one),
///                        leak, control_leak, effect, step}],
///                counts: {valid, invalid, incomplete, not_begun},
///                statistics: null | {n, leak, control, effect, p_holm,
///                                    gates: {"phase.gate": {unit, mean, sd}},
///                                    power, seeds_needed},
///                finding: leak | no_leak | undecided | none, conclusion}],
///      against: "phase.gate" (where asked for), notes: [text]}
/// leak, control and effect are null | {mean, sd, ci95: [low, high], t, p_two_sided, p_greater,
/// sign_flip_p_two_sided, sign_flip_exact, wilcoxon_p_two_sided, relative_increase_geometric,
/// relative_increase_arithmetic, undefined: why values are null}, over VALID runs alone, as a
/// sample of n seeds, of each the mean over its runs where runs were pooled; the test of effect is
/// the paired one. They are in the group's unit (null: not known), above chance or as
/// measured, and more leak is what is larger, smaller or farther from chance on either side
/// (direction; null where no run was measured). Only log-probabilities have relative increases.
/// p_holm is effect's p_two_sided after Holm over the groups. Gates have the sample of seeds too,
/// and no mean where their runs measure them in different units. Writes it as report.json, runs.csv
/// with a line a run, and, where asked to, report.html and figures/<name>.{vl.json,csv,svg,png};
/// what could not be drawn becomes a note.
Value report(const ReportOptions& options);

/// Whether the effects of two configurations differ, paired by seed; a side is "DIR" or "DIR:GROUP"
/// where DIR holds several configurations, GROUP being a label or the start of a digest.
/// `claim` names one of several; "" is the first.
///     {version, leakprobe, a: {label, directory, configuration, claim, claim_name and
///      other_claims: [name] (of several), unit, direction, log_probability, above_chance},
///      b: the same, differences: [{path, a, b}], pairs: [{seed, a, b, difference}],
///      left_out: [{seed, a: verdict | absent, a_reasons: [text], b and b_reasons: the same}],
///      statistics: null | as above, conclusion, notes}
Value compare(const std::string& a, const std::string& b, const std::string& claim = "");

/// Whether the effects of the cases of one axis of a sweep differ: each two of them, in pairs of
/// runs that have the seed and the cases of all other axes in common.
///     {version, leakprobe, directory, axis, cases: [case], over: [other axis], claim,
///      claim_name and other_claims: as above,
///      unit, direction, log_probability, chance: of the claim's numbers,
///      comparisons: [{a: case, b: case,
///                     pairs: [{labels: {axis: case}, seed, a, b, difference}],
///                     left_out: [{labels, seed, a, a_reasons, b, b_reasons: as above}],
///                     seeds, statistics: null | as above, p_holm, conclusion}], notes}
/// The sample is one of seeds, of each the mean difference over the cases of all other axes, since
/// runs of one seed are not independent of one another. p_holm is the p of the sign-flip test after
/// Holm over the comparisons.
Value compare_along(const std::filesystem::path& directory, const std::string& axis,
                    const std::string& claim = "");

}  // namespace leakprobe::host
