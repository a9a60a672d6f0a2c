// Saving a run's state, and going on from one.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>

#include "compose/run_files.h"
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
  StateFacts facts;
  facts.digest = composition_.digest;
  facts.seed = static_cast<int64_t>(composition_.seed);
  facts.circumstances = circumstances(composition_);
  facts.phase = composition_.phases[next.phase].name;
  facts.step = next.step;
  facts.optimizer = static_cast<int64_t>(moments.size());
  // Between two phases nothing that comes later matters yet.
  if (next.step == 0) facts.finished = phase_digests_[next.phase - 1];
  facts.seconds = seconds();
  facts.references = references_.save(state.tensors);
  facts.written = journal_->written();
  facts.checkpoints = checkpoints_;
  facts.ledger = ledger_.report();
  facts.evidence = evidence_.state();
  state.facts = facts.to_value();
  state.save(directory_.path() / kStateFile);
  directory_.drop_superseded();
  directory_.write_json(kLedgerFile, facts.ledger.to_value());
  next_step_ = next.step;
  saved_ = Clock::now();
}

bool Run::adopt_snapshot() const {
  if (options_.shared.empty() || options_.limit_steps) return false;
  const PhaseSnapshots snapshots(options_.shared);
  for (size_t phase = phase_digests_.size() - 1; phase-- > 0;) {
    std::string fault;
    if (snapshots.adopt(phase_digests_[phase], directory_.path(), fault)) {
      environment_.log->info("the phases up to {} are those of another run of this sweep",
                             composition_.phases[phase].name);
      return true;
    }
    if (fault.empty()) continue;
    environment_.log->warn(
        "what another run of this sweep left is damaged, so that its phases are run again: {}",
        fault);
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

void Run::take_up(const SavedState& state, const StateFacts& facts, Cursor& cursor) {
  const auto phase =
      std::find_if(composition_.phases.begin(), composition_.phases.end(),
                   [&](const ComposedPhase& candidate) { return candidate.name == facts.phase; });
  if (const auto shared = find_finished(facts); shared != phase_digests_.end()) {
    cursor.phase = static_cast<size_t>(shared - phase_digests_.begin()) + 1;
  } else if (phase != composition_.phases.end()) {
    cursor.phase = static_cast<size_t>(phase - composition_.phases.begin());
  } else {
    fail_at(facts.place, "phase", "is no phase of this experiment");
  }
  const int64_t last_step =
      cursor.phase < composition_.phases.size() ? composition_.phases[cursor.phase].steps : 0;
  if (facts.step > last_step) fail_at(facts.place, "step", "is beyond the phase's last");
  cursor.step = next_step_ = facts.step;
  before_ = facts.seconds;

  policy_.model.restore(snapshot_of(state, "weights"));
  const std::string first = policy_.model.parameters().front().info.name;
  for (const auto& [tensor, value] : state.under("kept")) {
    const size_t slash = tensor.find('/');
    if (tensor.substr(slash + 1) != first) continue;
    const std::string origin = tensor.substr(0, slash);
    weights_.put(origin, snapshot_of(state, "kept/" + origin));
  }
  if (facts.optimizer != static_cast<int64_t>(state.under("optimizer").size())) {
    fail_at(facts.place, "optimizer",
            "is not the number of tensors that are there of the optimizer");
  }
  references_.restore(facts.references, state);
  ledger_.restore(facts.ledger);
  evidence_.restore(facts.evidence);
  require_reached(composition_, cursor.phase, cursor.step, facts.ledger, evidence_,
                  facts.evidence.place);
  checkpoints_ = facts.checkpoints;
}

std::vector<std::string>::const_iterator Run::find_finished(const StateFacts& facts) const {
  if (!facts.finished) return phase_digests_.end();
  return std::find(phase_digests_.begin(), phase_digests_.end(), *facts.finished);
}

void Run::take_up(const SavedState& state, Trainer& trainer, Updater& updater) const {
  NamedTensors optimizer = state.in_order("optimizer");
  for (auto& [name, tensor] : optimizer) tensor = tensor.to(policy_.device);
  if (!optimizer.empty()) updater.restore(optimizer);
  trainer.restore_items(state);
}

SavedState Run::restore(Cursor& cursor) {
  SavedState state = SavedState::load(directory_.path() / kStateFile);
  const auto same = [&](const char* what, const Value& then, const Value& now) {
    const std::string before = to_json(then), present = to_json(now);
    if (before == present) return;
    throw Error(directory_.path().string() + ": cannot resume: the saved run has another " + what +
                " (" + before + ", now " + present +
                "); start it again with --fresh or choose another --out");
  };
  const auto checked = [](const auto& read) {
    try {
      return read();
    } catch (const Error& damage) {
      throw Error(std::string(damage.what()) + "; start again with --fresh");
    }
  };
  const StateFacts facts = checked([&] { return StateFacts::of(state.facts); });
  same("seed", facts.seed, static_cast<int64_t>(composition_.seed));
  same("environment", facts.circumstances.to_value(), circumstances(composition_).to_value());
  // A snapshot of phases that are the same may be of another experiment.
  if (find_finished(facts) == phase_digests_.end()) {
    same("configuration", facts.digest, composition_.digest);
  }
  checked([&] { take_up(state, facts, cursor); });
  require_checkpoints();
  journal_->open(facts.written);
  if (cursor.phase < composition_.phases.size()) {
    const ComposedPhase& phase = composition_.phases[cursor.phase];
    environment_.log->info("resumed in phase {} behind step {} of {}", phase.name, cursor.step,
                           steps_of(phase));
  }
  return state;
}

}  // namespace leakprobe
