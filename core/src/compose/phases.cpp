#include "compose/phases.h"

#include <algorithm>

#include "compose/columns.h"
#include "compose/lengths.h"
#include "compose/named_items.h"
#include "compose/places.h"
#include "compose/plugin_call.h"
#include "compose/roles.h"
#include "compose/rollouts.h"
#include "compose/schema_forms.h"
#include "compose/sizes.h"
#include "config/names.h"

namespace leakprobe {
namespace {

/// What the engine reads by itself, since it depends on the experiment's own.
constexpr const char* kOptimizer = "optimizer";
constexpr const char* kSchedule = "schedule";

const Schema<PhaseKeys>& schema_of_phase() {
  static const Schema<PhaseKeys> schema;
  return schema;
}

std::vector<std::string> reserved_keys() {
  std::vector<std::string> keys = field_names(schema_of_phase());
  keys.insert(keys.end(), {"type", kOptimizer, kSchedule});
  return keys;
}

/// `own` over the experiment's `common` where both are of one type.
Value overridden(const PluginChoice& common, const Value& own) {
  if (!own.is_map()) return own;
  const Value* type = own.find("type");
  if (type != nullptr && !type->is_null() &&
      !(type->is_string() && type->as_string() == common.type)) {
    return own;
  }
  Value merged = common.resolved;
  merged.place = own.place;
  for (const Value::Entry& entry : own.entries()) {
    if (!entry.value.is_null()) merged.set(entry.key, entry.value);
  }
  return merged;
}

class PhaseComposer {
 public:
  PhaseComposer(const NamedItem& item, const PhaseDefaults& defaults, const TaskFacts* task,
                Slots& slots, const Lineage& lineage)
      : item_(item),
        value_(*item.value),
        defaults_(defaults),
        task_(task),
        slots_(slots),
        diagnostics_(slots.diagnostics()),
        lineage_(lineage) {
    phase_.name = item.name;
    phase_.path = item.path;
    phase_.place = value_.place;
  }

  /// False where something was reported.
  bool compose() {
    const bool keys_good = read_keys();
    const bool options_good = read_options();
    if (keys_.skip || !keys_good || !options_good || task_ == nullptr) {
      return keys_good && options_good;
    }
    phase_.from = keys_.from.phase.empty() ? lineage_.latest() : keys_.from;
    bool good =
        lineage_.check(phase_.from, phase_.name, child_path(phase_.path, "from"), diagnostics_);
    const auto plan = make_plan();
    if (!plan) return false;
    for (const Term& term : plan->terms) good = add_term(term) && good;
    good = good && decide_steps();
    return take_gates(plan->gates) && good;
  }

  ComposedPhase take() { return std::move(phase_); }

  Value resolved() const {
    Value map = Value::map();
    map.set("name", phase_.name);
    map.set("type", phase_.type);
    map.set("from", ParameterType<WeightsRef>::write(phase_.from));
    if (!phase_.terms.empty()) map.set("steps", phase_.steps);
    if (keys_.batch) map.set("batch", *keys_.batch);
    const Value written = registration_->parameters->write(options_.get());
    for (const Value::Entry& entry : written.entries()) map.set(entry.key, entry.value);
    map.set("freeze", phase_.freeze->resolved);
    if (gives(kOptimizer)) map.set(kOptimizer, phase_.optimizer->resolved);
    if (gives(kSchedule)) map.set(kSchedule, phase_.schedule->resolved);
    if (!phase_.gates.empty()) {
      map.set("gates", gates_value(phase_.gates));
      map.set("waive", ParameterType<std::vector<std::string>>::write(phase_.waived));
    }
    graft_places(map, value_);
    return map;
  }

 private:
  bool gives(const char* key) const {
    const Value* given = value_.find(key);
    return given != nullptr && !given->is_null();
  }

  template <class Interface>
  bool take_slot(Slot<Interface>& out, const char* key, const Slot<Interface>& common) {
    out = common;
    if (!gives(key)) return true;
    const Value& own = value_.at(key);
    return ParameterType<Slot<Interface>>::read(out, common ? overridden(*common, own) : own,
                                                child_path(phase_.path, key), slots_);
  }

  bool read_keys() {
    bool good = schema_of_phase().read_into(
        &keys_, select(value_, field_names(schema_of_phase()), true), phase_.path, slots_);
    good = take_slot(phase_.optimizer, kOptimizer, defaults_.optimizer) && good;
    good = take_slot(phase_.schedule, kSchedule, defaults_.schedule) && good;
    if (phase_.name == kInitial) {
      slots_.error(value_, child_path(phase_.path, "name"),
                   "'initial' is the name of the model before the first phase",
                   "choose another name");
      good = false;
    }
    if (!gives("freeze")) {
      keys_.freeze = Slot<Freezing>(
          slots_.choose_default(Kind::freezing, child_path(phase_.path, "freeze"), value_.place));
    }
    phase_.freeze = keys_.freeze;
    return good && phase_.freeze;
  }

  bool read_options() {
    registration_ = slots_.registration(Kind::phase, value_, phase_.path);
    if (registration_ == nullptr) return false;
    phase_.type = registration_->name;
    options_ = slots_.read_options(*registration_, value_, phase_.path, slots_, reserved_keys());
    return options_ != nullptr;
  }

  std::optional<Plan> make_plan() {
    return call_plugin(Kind::phase, phase_.type, phase_.place, phase_.path, diagnostics_, [&] {
      return registration_->make_phase(options_.get())->plan({phase_.name, *task_, phase_.from});
    });
  }

  /// The mapping that is the term, or in which its stream stands where the phase made it of its own
  /// keys.
  std::string path_of(const Term& term) const {
    if (!term.path.empty()) return term.path;
    const std::string& path = term.stream.path;
    if (!path.starts_with(phase_.path + ".")) return phase_.path;
    return path.substr(0, path.rfind('.'));
  }

  bool add_term(const Term& term) {
    ComposedTerm composed{term, path_of(term), {}, 0, 0, false, false};
    composed.place = part_at(value_, phase_.path, composed.path).place;
    composed.batch = term.batch.value_or(keys_.batch.value_or(defaults_.batch));
    if (!term.objective || term.stream.columns.empty()) {
      // A default that is not installed has been reported where it was looked for.
      if (diagnostics_.has_errors()) return false;
      diagnostics_.error(composed.place, composed.path,
                         "the plan of this phase has a term without an objective or a stream",
                         "this is a fault of the plugin " + phase_.type);
      return false;
    }
    const std::string weight_path = child_path(composed.path, "weight");
    const PathAndPlace weight{weight_path, part_at(value_, phase_.path, weight_path).place};
    bool good = check_name(term.name, composed.place, composed.path, diagnostics_);
    if (check_who_makes_rows(term, diagnostics_)) {
      good = check_columns(term, diagnostics_) && good;
      good = check_rollout(composed, phase_.name, lineage_, diagnostics_) && good;
      // Whose role forbids it is said first: that is the worse of the two.
      good = check_roles(phase_.name, term, weight, *task_, lineage_, diagnostics_) &&
             check_rollout_weight(term, weight, diagnostics_) && good;
    } else {
      good = false;
    }
    good = take_reference(composed) && good;
    phase_.terms.push_back(std::move(composed));
    return good;
  }

  bool take_reference(ComposedTerm& composed) {
    WeightsRef& reference = composed.term.reference;
    const std::string path = child_path(composed.path, "reference");
    if (!composed.term.objective.facts().needs_reference) {
      if (reference.phase.empty()) return true;
      diagnostics_.error(reference.place, path,
                         "objective " + composed.term.objective->type + " takes no reference",
                         slots_.hint_to_leave_out(reference.place, path));
      return false;
    }
    if (reference.phase.empty()) {
      reference = phase_.from;
      composed.reference_left_out = true;
      return true;
    }
    return lineage_.check(reference, phase_.name, path, diagnostics_);
  }

  bool decide_steps() {
    if (!phase_.terms.empty()) return decide_sizes(phase_, keys_.steps, *task_, diagnostics_);
    if (!keys_.steps) return true;
    const std::string path = child_path(phase_.path, "steps");
    slots_.error(value_.at("steps"), path,
                 "a phase of type " + phase_.type + " trains nothing, so it has no steps",
                 slots_.hint_to_leave_out(value_.at("steps").place, path));
    return false;
  }

  bool take_gates(const std::vector<Measurement>& gates) {
    phase_.gates = gates;
    const Registration* probe = slots_.registry().default_of(Kind::probe);
    for (Measurement& gate : phase_.gates) {
      gate.phase = phase_.name;
      if (gate.measure.empty() && probe != nullptr) gate.measure = probe->name;
    }
    return apply_gates(phase_, keys_.gates, keys_.waive, value_, diagnostics_);
  }

  const NamedItem& item_;
  const Value& value_;
  const PhaseDefaults& defaults_;
  const TaskFacts* task_;
  Slots& slots_;
  Diagnostics& diagnostics_;
  const Lineage& lineage_;
  PhaseKeys keys_;
  const Registration* registration_ = nullptr;
  std::shared_ptr<void> options_;
  ComposedPhase phase_;
};

bool is_skipped(const Value& phase) {
  const Value* skip = phase.find("skip");
  return skip != nullptr && skip->type() == Value::Type::boolean && skip->as_boolean();
}

/// Whether both do the same to the same rows.
bool go_on(const ComposedTerm& later, const ComposedTerm& earlier) {
  const std::string& stream = later.term.stream.name;
  return !stream.empty() && stream == earlier.term.stream.name &&
         later.term.objective->resolved == earlier.term.objective->resolved;
}

/// Warns of a term that goes on with what an earlier phase did, compared with another model because
/// nobody says with which: what held the rows back does so no more.
void warn_of_references(const std::vector<ComposedPhase>& earlier, const ComposedPhase& phase,
                        Diagnostics& diagnostics) {
  for (const ComposedTerm& term : phase.terms) {
    if (!term.reference_left_out || term.term.weight == 0) continue;
    for (const ComposedPhase& before : earlier) {
      const auto other =
          std::find_if(before.terms.begin(), before.terms.end(), [&](const ComposedTerm& each) {
            return go_on(term, each) && each.term.reference != term.term.reference;
          });
      if (other == before.terms.end()) continue;
      const auto name = [](const WeightsRef& reference) {
        return Value(reference.phase).describe() +
               (reference.run.empty() ? "" : " of run " + Value(reference.run).describe());
      };
      diagnostics.warning(term.place, term.path,
                          "without 'reference' this term compares with " +
                              name(term.term.reference) + ", where the phase starts, and phase " +
                              Value(before.name).describe() + " compared stream " +
                              Value(term.term.stream.name).describe() + " with " +
                              name(other->term.reference),
                          "say with 'reference' which of them is meant");
      break;
    }
  }
}

}  // namespace

void PhaseKeys::declare(Schema<PhaseKeys>& schema) {
  schema.field("name", &PhaseKeys::name, kAny, "Name of the phase; by default its type.");
  schema.field("from", &PhaseKeys::from, kAny,
               "Whose weights the phase starts from: a phase before it, 'initial', or {run: DIR, "
               "phase: NAME}; by default the phase before.");
  schema.field("skip", &PhaseKeys::skip, kAny, "Whether the phase is left out.");
  schema.field("steps", &PhaseKeys::steps, between(int64_t{1}, kMostItems),
               "Optimizer steps; by default one pass through the longest finite stream.");
  schema.field("batch", &PhaseKeys::batch, between(int64_t{1}, kMostItems),
               "Items a step of each term; by default the experiment's.");
  schema.field("freeze", &PhaseKeys::freeze, kAny, "Which parameters are not trained.");
  schema.field("gates", &PhaseKeys::gates, kAny,
               "Other bounds for the phase's gates, such as {recovered: {above: 0.5}}.");
  schema.field("waive", &PhaseKeys::waive, kAny,
               "Gates that are reported but do not decide whether the run is valid.");
}

std::vector<ComposedPhase> compose_phases(const Value& list, const PhaseDefaults& defaults,
                                          const TaskFacts* task, Slots& slots, Lineage& lineage,
                                          Value& resolved) {
  const std::vector<NamedItem> items = named_items(list, "phases", "phase", slots);
  for (const NamedItem& item : items) lineage.declare(item.name, is_skipped(*item.value));
  std::vector<ComposedPhase> phases;
  resolved = Value::list();
  resolved.place = list.place;
  for (const NamedItem& item : items) {
    PhaseComposer composer(item, defaults, task, slots, lineage);
    const bool good = composer.compose();
    if (is_skipped(*item.value)) continue;
    // Even where it is wrong: what names it is not wrong for that.
    lineage.pass(item.name);
    if (!good || task == nullptr) continue;
    resolved.push_back(composer.resolved());
    ComposedPhase phase = composer.take();
    warn_of_references(phases, phase, slots.diagnostics());
    phases.push_back(std::move(phase));
  }
  return phases;
}

const Parameters& phase_parameters() { return schema_of_phase(); }

Value phase_keys_schema() {
  Value schema = schema_of_phase().schema();
  Value& properties = schema.at("properties");
  Value& name = properties.at("name");
  detail::merge_schema(name, name_schema());
  name.set("not", detail::pair("enum", Value(Value::List{kInitial})));
  exclude_each_other(properties.at("gates").at("additionalProperties"),
                     {"above", "below", "within"});
  return schema;
}

}  // namespace leakprobe
