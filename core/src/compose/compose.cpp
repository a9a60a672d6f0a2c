#include "compose/compose.h"

#include <iterator>
#include <set>

#include "compose/claim.h"
#include "compose/contents.h"
#include "compose/model_source.h"
#include "compose/phases.h"
#include "compose/places.h"
#include "compose/probes.h"
#include "compose/roles.h"
#include "compose/run_files.h"
#include "config/merge.h"
#include "config/names.h"

namespace leakprobe {
namespace {

/// How much of an experiment is composed.
enum class Composed { whole, judged_part };

class Composer {
 public:
  Composer(const Value& experiment, const Registry& registry, Diagnostics& diagnostics,
           Composed composed = Composed::whole)
      : experiment_(experiment),
        diagnostics_(diagnostics),
        composed_(composed),
        incomplete_(diagnostics.has_errors()),
        slots_(experiment, registry, diagnostics) {}

  std::optional<Composition> compose() {
    if (!experiment_.is_map()) {
      detail::wrong_type(experiment_, "", "a mapping", slots_,
                         "an experiment begins with keys such as 'model:' and 'task:'");
      return std::nullopt;
    }
    read_settings(settings_, experiment_, slots_);
    compose_task();
    if (const Value* model = required("model")) {
      auto source = compose_model(*model, facts_, slots_, model_);
      if (source) result_.model = *std::move(source);
    }
    maps_ = slots_.read_maps();
    compose_schedule();
    take_settings();
    if (diagnostics_.has_errors()) return std::nullopt;
    result_.resolved = resolved();
    return std::move(result_);
  }

  const std::vector<std::string>& unknown_plugins() const { return slots_.unknown(); }

 private:
  /// The value under a key that must be there; nullptr where its absence was reported.
  const Value* required(const char* key) {
    const Value* value = experiment_.find(key);
    if (value != nullptr && !value->is_null()) return value;
    // A file that could not be read may hold it.
    if (!incomplete_) slots_.error(experiment_, key, "missing; it is required");
    return nullptr;
  }

  void compose_task() {
    const Value* task = required("task");
    if (task == nullptr) return;
    auto choice = slots_.choose(Kind::task, *task, "task", slots_);
    if (choice == nullptr) return;
    result_.task = Slot<Task>(std::move(choice));
    if (!check_protected_rows(result_.task.facts(), {"task", task->place}, diagnostics_)) return;
    facts_ = &result_.task.facts();
    check_task_names();
    slots_.use_task(facts_);
  }

  /// What a task calls its parts, from its options or the files that it reads.
  void check_task_names() {
    const auto check = [&](const std::string& name) {
      check_name(name, result_.task->place, "task", diagnostics_);
    };
    for (const SetFacts& set : facts_->sets) {
      check(set.name);
      for (const ColumnFacts& column : set.columns) check(column.name);
    }
    for (const std::string& prefix : facts_->prefixes) check(prefix);
  }

  /// Phases, then what is measured in them.
  void compose_schedule() {
    Lineage lineage;
    if (const Value* phases = required("phases")) {
      const PhaseDefaults defaults{settings_.batch, settings_.optimizer, settings_.schedule};
      result_.phases = compose_phases(*phases, defaults, facts_, slots_, lineage, phases_);
      if (facts_ != nullptr) check_role_phases(*facts_, experiment_, lineage, diagnostics_);
      if (phases->is_list() && phases->as_list().empty()) {
        slots_.error(*phases, "phases", "holds no phase");
      }
    }
    probes_ = Value::list();
    if (composed_ == Composed::judged_part) return;  // nothing is measured
    const Value* probes = given("probes");
    if (probes != nullptr) {
      result_.probes = compose_probes(*probes, facts_, slots_, lineage, probes_);
    }
    if (facts_ == nullptr) {
      check_claim_forms();
      return;
    }
    const bool known = probes == nullptr ||
                       (probes->is_list() && probes->as_list().size() == result_.probes.size());
    const MeasurementContext context{*facts_, result_.phases, lineage,
                                     slots_,  result_.probes, known};
    provide_for_gates(result_.phases, context);
    take_claims(context);
    provide_controls(context);
    check_probed_rows(result_.probes, *facts_, slots_.diagnostics());
  }

  /// What can be said of claims without a task.
  void check_claim_forms() {
    if (const Value* claim = given("claim")) check_claim_form(*claim, "claim", slots_);
    const Value* several = given("claims");
    if (several == nullptr || !check_claims_list(*several, slots_)) return;
    for (size_t i = 0; i < several->as_list().size(); ++i) {
      check_claim_form(several->as_list()[i], child_path("claims", i), slots_);
    }
  }

  void take_claims(const MeasurementContext& context) {
    const Value* one = given("claim");
    const Value* several = given("claims");
    if (one != nullptr) result_.claim = compose_claim(*one, "claim", context, claim_);
    if (several == nullptr) return;
    if (one != nullptr) {
      slots_.error(*several, "claims", "give either 'claim' or 'claims', not both",
                   "the first of 'claims' decides how a run ends");
      return;
    }
    std::vector<Measurement> claims = compose_claims(*several, context, claims_);
    if (claims.empty()) return;
    result_.claim = std::move(claims.front());
    result_.further_claims.assign(std::make_move_iterator(claims.begin() + 1),
                                  std::make_move_iterator(claims.end()));
  }

  const Value* given(const char* key) const {
    const Value* value = experiment_.find(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
  }

  void take_settings() {
    result_.name = settings_.name;
    result_.seed = static_cast<uint64_t>(settings_.seed);
    result_.compute = settings_.compute;
    result_.device = settings_.device;
    result_.threads = settings_.threads;
    result_.rows_per_pass = settings_.rows_per_pass;
    result_.sinks = *settings_.sinks;
    check_sink_files(result_.sinks, diagnostics_);
    result_.keep = settings_.checkpoints.keep;
    result_.plugins = settings_.plugins;
  }

  Value resolved() const {
    Value settings = settings_schema().write(&settings_);
    graft_places(settings, experiment_);
    Value all = Value::map();
    all.place = experiment_.place;
    const auto take = [&](const char* key) { all.set(key, settings.at(key)); };
    for (const char* key : {"name", "seed"}) take(key);
    all.set("model", model_);
    for (const char* key : {"compute", "device", "threads", "rows_per_pass"}) take(key);
    all.set("task", result_.task->resolved);
    for (const char* key : {"optimizer", "schedule", "batch"}) take(key);
    for (const Value::Entry& entry : maps_.entries()) all.set(entry.key, entry.value);
    all.set("phases", phases_);
    all.set("probes", probes_);
    if (claims_.is_list()) {
      all.set("claims", claims_);
    } else if (result_.claim) {
      all.set("claim", claim_);
    }
    for (const char* key : {"sinks", "checkpoints"}) take(key);
    if (!result_.plugins.empty()) take("plugins");
    drop_nulls(all);
    return all;
  }

  const Value& experiment_;
  Diagnostics& diagnostics_;
  const Composed composed_;
  const bool incomplete_;
  Slots slots_;
  Settings settings_;
  Composition result_;
  const TaskFacts* facts_ = nullptr;
  Value model_, maps_, phases_, probes_, claim_, claims_;
};

/// An experiment without what has no bearing on the rows that reach a loss, nor on its sign.
Value judged_part(const Value& experiment) {
  Value part = experiment;
  for (const char* key : {"optimizer", "schedule", "sinks", "probes", "claim", "claims", "sweep",
                          "optimizers", "schedules", "freezings"}) {
    part.erase(key);
  }
  Value* phases = part.find("phases");
  if (phases == nullptr || !phases->is_list()) return part;
  for (Value& phase : phases->as_list()) {
    if (!phase.is_map()) continue;
    for (const char* key : {"optimizer", "schedule", "freeze", "gates", "waive"}) phase.erase(key);
  }
  return part;
}

/// A range of seeds may be long; that its ends and beginning fit says enough.
constexpr size_t kMostCasesChecked = 200;

/// Composes each case of each axis, the other axes at their first, and reports what is wrong there.
void check_sweep(const Value& experiment, const std::vector<SweepAxis>& axes,
                 const Registry& registry, Diagnostics& diagnostics) {
  std::set<std::string> reported;
  for (const SweepAxis& varied : axes) {
    for (size_t i = 0; i < std::min(varied.cases.size(), kMostCasesChecked); ++i) {
      Value trial = experiment;
      Diagnostics found;
      std::vector<ChosenCase> chosen;
      for (const SweepAxis& axis : axes) {
        const SweepAxis::Case& one = axis.cases[&axis == &varied ? i : 0];
        if (!apply_case(trial, chosen, {&axis, &one}, found)) break;
      }
      drop_nulls(trial);
      if (!found.has_errors()) Composer(trial, registry, found).compose();
      for (const Diagnostic& each : found.sorted()) {
        if (each.severity != Diagnostic::Severity::error) continue;
        if (!reported.insert(each.text()).second) continue;
        diagnostics.error(
            each.place, each.path,
            each.message + ", in the sweep's case " + varied.name + "=" + varied.cases[i].label,
            each.hint);
      }
    }
  }
}

}  // namespace

std::optional<Composition> compose(const Value& experiment, const Registry& registry,
                                   Diagnostics& diagnostics, Digest digest) {
  const std::vector<SweepAxis> axes = parse_sweep(experiment, diagnostics);
  Value base = experiment;
  base.erase("sweep");
  std::optional<Composition> composition = Composer(base, registry, diagnostics).compose();
  if (!composition) return std::nullopt;
  check_sweep(base, axes, registry, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  if (digest == Digest::yes) {
    try {
      identify(*composition);
    } catch (const Error& unreadable) {
      diagnostics.error(experiment.place, "", unreadable.what());
      return std::nullopt;
    }
  }
  composition->sweep = axes;
  return composition;
}

std::optional<Composition> compose_judged(const Value& experiment, const Registry& registry,
                                          Diagnostics& diagnostics,
                                          std::vector<std::string>& unknown) {
  const Value part = judged_part(experiment);
  Composer composer(part, registry, diagnostics, Composed::judged_part);
  std::optional<Composition> composition = composer.compose();
  unknown = composer.unknown_plugins();
  return composition;
}

Slot<Task> compose_task(const Value& experiment, const Registry& registry,
                        Diagnostics& diagnostics) {
  const Value* task = experiment.find("task");
  if (task == nullptr) return {};
  Slots slots(experiment, registry, diagnostics);
  return Slot<Task>(slots.choose(Kind::task, *task, "task", slots));
}

}  // namespace leakprobe
