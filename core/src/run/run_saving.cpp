// Saving a run's state, and going on from one.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>

#include "compose/run_files.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"
#include "records/phase_snapshots.h"
#include "run/environment_report.h"
#include "run/reached.h"
#include "run/run.h"

namespace leakprobe {

void Run::save(Cursor next, const Trainer* trainer, const Updater* updater) {
  RunState state;
  for (const ModelParameter& parameter : policy_.model.parameters()) {
    state.tensors.emplace_back("weights/" + parameter.info.name, parameter.value.detach());
  }
  const NamedTensors moments = updater ? updater->state() : NamedTensors();
  state.put_in_order("optimizer", moments);
  if (trainer) trainer->save_items(state.tensors);
  for (const auto& [origin, snapshot] : weights_.all()) {
    for (size_t i = 0; i < snapshot.size(); ++i) {
      state.tensors.emplace_back("kept/" + origin + "/" + policy_.model.parameters()[i].info.name,
                                 snapshot[i]);
    }
  }
  state.facts.set("version", 1);
  state.facts.set("digest", composition_.digest);
  state.facts.set("seed", static_cast<int64_t>(composition_.seed));
  state.facts.set("circumstances", circumstances(composition_));
  state.facts.set("phase", composition_.phases[next.phase].name);
  state.facts.set("step", next.step);
  state.facts.set("optimizer", static_cast<int64_t>(moments.size()));
  // Between two phases nothing that comes later matters yet.
  state.facts.set("finished", next.step == 0 ? Value(phase_digests_[next.phase - 1]) : Value());
  state.facts.set("seconds", seconds());
  state.facts.set("references", references_.save(state.tensors));
  state.facts.set("positions", journal_->positions());
  state.facts.set("checkpoints", to_value(checkpoints_));
  state.facts.set("ledger", ledger_->report());
  state.facts.set("evidence", evidence_.state());
  state.save(directory_.path() / kStateFile);
  directory_.write_json("ledger.json", ledger_->report());
  next_step_ = next.step;
  saved_ = Clock::now();
}

bool Run::adopt_snapshot() const {
  if (options_.shared.empty() || options_.limit_steps) return false;
  const PhaseSnapshots snapshots(options_.shared);
  for (size_t phase = phase_digests_.size() - 1; phase-- > 0;) {
    if (!snapshots.adopt(phase_digests_[phase], directory_.path())) continue;
    environment_.log->info("the phases up to {} are those of another run of this sweep",
                           composition_.phases[phase].name);
    return true;
  }
  return false;
}

void Run::leave_snapshot(size_t phase) const {
  if (phase == 0 || options_.shared.empty() || options_.limit_steps) return;
  const std::string& name = composition_.phases[phase - 1].name;
  if (std::find(options_.leave_after.begin(), options_.leave_after.end(), name) ==
      options_.leave_after.end()) {
    return;
  }
  PhaseSnapshots(options_.shared).leave(phase_digests_[phase - 1], directory_.path());
}

void Run::require_checkpoints() const {
  for (const auto& [name, written] : checkpoints_) {
    const std::filesystem::path file = directory_.path() / name;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) continue;  // its owner needed the space
    if (written_now(file).hash == written.hash) continue;
    throw Error(file.string() +
                ": was altered since the state was saved; start the run anew with --fresh");
  }
}

WeightSnapshot Run::snapshot_of(const SavedState& state, const std::string& prefix) const {
  WeightSnapshot weights;
  const NamedTensors stored = state.under(prefix);
  for (const ModelParameter& parameter : policy_.model.parameters()) {
    const auto found = std::find_if(stored.begin(), stored.end(), [&](const auto& entry) {
      return entry.first == parameter.info.name;
    });
    if (found == stored.end() || found->second.sizes() != parameter.value.sizes() ||
        found->second.scalar_type() != parameter.value.scalar_type()) {
      state.facts.fail("holds no such " + prefix + " of " + parameter.info.name +
                       " as the model has");
    }
    weights.push_back(found->second.to(policy_.device));
  }
  return weights;
}

void Run::take_up(const SavedState& state, Cursor& cursor) {
  const std::string& name = state.facts.get_string("phase");
  const auto phase =
      std::find_if(composition_.phases.begin(), composition_.phases.end(),
                   [&](const ComposedPhase& candidate) { return candidate.name == name; });
  const auto finished = state.facts.find_string("finished");
  const auto shared = finished ? std::find(phase_digests_.begin(), phase_digests_.end(), *finished)
                               : phase_digests_.end();
  if (shared != phase_digests_.end()) {
    cursor.phase = static_cast<size_t>(shared - phase_digests_.begin()) + 1;
  } else if (phase != composition_.phases.end()) {
    cursor.phase = static_cast<size_t>(phase - composition_.phases.begin());
  } else {
    state.facts.at("phase").fail("is no phase of this experiment");
  }
  const int64_t last_step =
      cursor.phase < composition_.phases.size() ? composition_.phases[cursor.phase].steps : 0;
  cursor.step = next_step_ = state.facts.get_int("step", 0, last_step);
  before_ = state.facts.get_double("seconds");

  policy_.model.restore(snapshot_of(state, "weights"));
  const std::string first = policy_.model.parameters().front().info.name;
  for (const auto& [tensor, value] : state.under("kept")) {
    const size_t slash = tensor.find('/');
    if (tensor.substr(slash + 1) != first) continue;
    const std::string origin = tensor.substr(0, slash);
    weights_.put(origin, snapshot_of(state, "kept/" + origin));
  }
  const JsonValue moments = state.facts.at("optimizer");
  if (moments.as_int(0) != static_cast<int64_t>(state.under("optimizer").size())) {
    moments.fail("is not the number of tensors that are there of the optimizer");
  }
  references_.restore(state.facts.at("references"), state);
  ledger_->restore(state.facts.at("ledger"));
  evidence_.restore(state.facts.at("evidence"));
  require_reached(composition_, cursor.phase, cursor.step, state.facts.at("ledger"),
                  state.facts.at("evidence"));
  checkpoints_ = written_files(state.facts.at("checkpoints"));
  Journal::check(state.facts.at("positions"));
}

void Run::take_up(const SavedState& state, Trainer& trainer, Updater& updater) const {
  NamedTensors optimizer = state.in_order("optimizer");
  for (auto& [name, tensor] : optimizer) tensor = tensor.to(policy_.device);
  if (!optimizer.empty()) updater.restore(optimizer);
  trainer.restore_items(state);
}

SavedState Run::restore(Cursor& cursor) {
  const std::filesystem::path file = directory_.path() / kStateFile;
  SavedState state = SavedState::load(file);
  const auto same = [&](const char* what, const JsonValue& then, const Value& now) {
    // Compared as they are stored, where the order of keys is not kept.
    const std::string before = to_json(to_value(then));
    const std::string present = to_json(to_value(JsonValue::parse(to_json(now), what)));
    if (before == present) return;
    throw Error(directory_.path().string() + ": cannot resume: the saved run has another " + what +
                " (" + before + ", now " + present +
                "); start it again with --fresh or choose another --out");
  };
  const auto fact = [&](const char* key) {
    if (const auto found = state.facts.find(key)) return *found;
    throw Error(file.string() + ": has no " + key + "; start again with --fresh");
  };
  same("seed", fact("seed"), static_cast<int64_t>(composition_.seed));
  same("environment", fact("circumstances"), circumstances(composition_));
  // A snapshot of phases that are the same may be of another experiment.
  const auto finished = state.facts.find("finished");
  const bool is_shared = finished && finished->is_string() &&
                         std::find(phase_digests_.begin(), phase_digests_.end(),
                                   finished->as_string()) != phase_digests_.end();
  if (!is_shared) same("configuration", fact("digest"), composition_.digest);
  try {
    take_up(state, cursor);
  } catch (const Error& damage) {
    throw Error(std::string(damage.what()) + "; start again with --fresh");
  }
  require_checkpoints();
  directory_.list_made_by([&] { journal_->open(state.facts.at("positions")); });
  if (cursor.phase < composition_.phases.size()) {
    environment_.log->info("resumed in phase {} at step {}", composition_.phases[cursor.phase].name,
                           cursor.step);
  }
  return state;
}

}  // namespace leakprobe
