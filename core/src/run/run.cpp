#include "run/run.h"

#include <ATen/Parallel.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

#include "compose/contents.h"
#include "compose/run_files.h"
#include "evidence/verdict.h"
#include "instances/load_model.h"
#include "leakprobe/error.h"
#include "model/checkpoint.h"
#include "plugin/guard.h"
#include "records/manifest.h"
#include "records/phase_snapshots.h"
#include "run/ancestor.h"
#include "run/environment_report.h"
#include "run/inheritance.h"
#include "run/log.h"
#include "run/phase_digest.h"
#include "run/shown.h"
#include "run/stop.h"
#include "run/term_maker.h"
#include "step/pass_size.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

/// A long run that dies loses at most this much.
constexpr auto kSaveInterval = std::chrono::minutes(10);
constexpr auto kReportInterval = std::chrono::seconds(1);

/// 1234567 as "1,234,567".
std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

}  // namespace

Run::Run(const Composition& composition, const Registry& registry, const host::RunOptions& options,
         RunDirectory& directory, LoadedModel model, std::shared_ptr<const WatchedRows> watched)
    : composition_(composition),
      registry_(registry),
      phase_digests_(phase_digests(composition, registry)),
      options_(options),
      directory_(directory),
      policy_(std::move(model), composition.compute),
      environment_{make_log(directory.path() / kLogFile, options.observer), composition.seed,
                   policy_.device, policy_.model.tokenizer(),
                   composition.model.model.facts().max_positions},
      instances_(environment_, registry),
      scoring_(policy_),
      task_(instances_.make<Task>(*composition.task)),
      weights_(composition),
      references_(reference_weights(composition),
                  [this](const WeightsRef& origin) { return policy_at(origin); }),
      evidence_(composition),
      ledger_(composition, std::move(watched)) {}

host::RunOutcome Run::execute() {
  make_instances();
  directory_.write_json(kEnvironmentFile, environment_report(composition_, registry_).to_value());
  directory_.write_text(kConfigFile, to_yaml(movable(composition_.resolved, directory_.path())));

  Cursor cursor;
  std::optional<SavedState> resumed;
  if ((options_.resume && directory_.has_state()) || adopt_snapshot()) {
    resumed = restore(cursor);
    directory_.drop_superseded();
  } else {
    journal_->open();
    if (options_.resume) {
      environment_.log->warn("{}: nothing to resume, so the run starts at its first step",
                             directory_.path().string());
    }
    weights_.keep("initial", 0, policy_.model);
    log_sizes();
  }
  // Asked while all this was made: the next run goes on from what this one did, or begins.
  if (stop_requested()) return interrupted(cursor);
  expect_states();
  for (; cursor.phase < composition_.phases.size(); cursor = {cursor.phase + 1, 0}) {
    if (cursor.step == 0) leave_snapshot(cursor.phase);
    if (!run_phase(cursor, resumed ? &*resumed : nullptr)) {
      return interrupted({cursor.phase, next_step_});
    }
    resumed.reset();
  }
  return finish();
}

host::RunOutcome Run::interrupted(Cursor next) const {
  directory_.write_status({StatusRecord::State::interrupted, progress(next.phase, next.step)});
  host::RunOutcome outcome{host::RunStatus::interrupted, directory_.path(), false, nullptr};
  outcome.begun = directory_.has_state();
  return outcome;
}

void Run::make_instances() {
  std::vector<std::shared_ptr<const Probe>> probes;
  for (const ComposedProbe& probe : composition_.probes) {
    probes.push_back(instances_.make<Probe>(*probe.probe));
  }
  evaluator_.emplace(composition_, *task_, std::move(probes));
  std::vector<JournalSink> sinks;
  for (const Slot<Sink>& sink : composition_.sinks) {
    sinks.push_back({instances_.make<Sink>(*sink), sink.facts().file});
  }
  journal_.emplace(directory_.path(), std::move(sinks));
}

int64_t Run::steps_of(const ComposedPhase& phase) const {
  return std::min(phase.steps, options_.limit_steps.value_or(phase.steps));
}

Value Run::parameter_counts() {
  const std::vector<ParameterInfo> infos = policy_.model.infos();
  int64_t total = 0;
  for (const ModelParameter& parameter : policy_.model.parameters()) {
    total += parameter.value.numel();
  }
  Value trained = Value::map();
  for (const ComposedPhase& phase : composition_.phases) {
    if (phase.terms.empty()) continue;
    const Stage stage(phase.name);
    const std::vector<bool> trainable =
        instances_.make<Freezing>(*phase.freeze)->trainable(infos, policy_.model.blocks());
    int64_t count = 0;
    for (size_t i = 0; i < infos.size(); ++i) {
      if (trainable[i]) count += policy_.model.parameters()[i].value.numel();
    }
    trained.set(phase.name, count);
  }
  Value counts = Value::map();
  counts.set("total", total);
  counts.set("trained", std::move(trained));
  return counts;
}

void Run::log_sizes() {
  const Value counts = parameter_counts();
  const int64_t total = counts.integer("total");
  std::string trained;
  for (const Value::Entry& phase : counts.at("trained").entries()) {
    const int64_t count = phase.value.as_integer();
    trained += (trained.empty() ? ", trained in " : ", ") + phase.key + ": " +
               (count == total ? "all" : grouped(count));
  }
  int64_t steps = 0;
  for (const ComposedPhase& phase : composition_.phases) steps += steps_of(phase);
  environment_.log->info("{}: {} parameters{}; {} in {}, {}", composition_.name, grouped(total),
                         trained, counted(steps, "step"),
                         counted(composition_.phases.size(), "phase"),
                         counted(at::get_num_threads(), "thread"));
}

double Run::seconds() const {
  return before_ + std::chrono::duration<double>(Clock::now() - start_).count();
}

bool Run::run_phase(Cursor cursor, const SavedState* resumed) {
  const ComposedPhase& phase = composition_.phases[cursor.phase];
  const Stage stage(phase.name);
  directory_.write_status({StatusRecord::State::running, progress(cursor.phase, cursor.step)});
  // A state between two phases holds the weights of the one that ended.
  if (cursor.step == 0) start_from(cursor.phase);
  if (!resumed || cursor.step == 0) {
    const bool forced = cursor.phase == 0 || reads_start(composition_, phase) || phase.steps == 0;
    if (forced) evaluate(phase, kBeforeFirstStep, steps_of(phase), true);
  }
  if (!phase.terms.empty()) {
    if (!train(cursor, resumed)) return false;
    require_finite_weights(phase, steps_of(phase) - 1);
  }
  for (const ModelParameter& parameter : policy_.model.parameters()) {
    torch::Tensor value = parameter.value;
    value.set_requires_grad(false);
  }
  references_.release_models();
  const size_t next = cursor.phase + 1;
  const bool last = next == composition_.phases.size();
  weights_.keep(phase.name, next, policy_.model);
  if (composition_.keep == KeepCheckpoints::phases ||
      (composition_.keep == KeepCheckpoints::last && last)) {
    const std::filesystem::path folder = std::filesystem::path(kCheckpoints) / phase.name;
    write_checkpoint(policy_.model, directory_.path() / folder);
    add_folder(checkpoints_, directory_.path(), folder);
  }
  if (!last) save({next, 0});
  return true;
}

void Run::start_from(size_t index) {
  const ComposedPhase& phase = composition_.phases[index];
  const auto take_note = [&](const std::vector<std::string>& notes) {
    for (const std::string& note : notes) ledger_.note(note);
  };
  const WatchedRows& watched = ledger_.watched();
  if (index == 0) take_note(notes_on_model(composition_, watched, registry_));
  take_note(notes_on_teachers(composition_, phase, watched, registry_));
  const std::string before = index == 0 ? "initial" : composition_.phases[index - 1].name;
  if (!phase.from.run.empty()) {
    policy_.model.restore(load_run_weights(policy_.model, phase.from).snapshot());
    Ancestor ancestor(phase.from, registry_);
    LedgerRecord::Inherited inherited = ancestor.inherited(phase.name);
    const auto notes = ancestor.compare(watched).uncompared;
    inherited.uncompared.assign(notes.begin(), notes.end());
    ledger_.inherit(std::move(inherited));
  } else if (phase.from.phase != before) {
    policy_.model.restore(weights_.at(phase.from.phase));
  }
}

bool Run::train(Cursor cursor, const SavedState* resumed) {
  const ComposedPhase& phase = composition_.phases[cursor.phase];
  const int64_t steps = steps_of(phase);
  Updater updater = make_updater(phase);
  Trainer trainer(phase, policy_, make_terms(phase), updater, ledger_,
                  pass_size(composition_, phase, policy_.model.infos()));
  if (resumed) take_up(*resumed, trainer, updater);
  const Clock::time_point begun = Clock::now();
  for (int64_t step = cursor.step; step < steps; ++step) {
    const Stage stage(phase.name, step);
    double seconds = 0;
    StepReport report;
    {
      const Timed timed(seconds);
      report = trainer.step(step);
    }
    for (const auto& [term, metrics] : report.terms) {
      evidence_.add_step(phase.name, step, term, metrics);
    }
    journal_->step(phase, step, report, seconds);
    const bool is_seen = evaluate(phase, step, steps, false) || step == 0 || step == steps - 1;
    if (is_seen) journal_->samples(trainer.samples());
    const double spent = std::chrono::duration<double>(Clock::now() - begun).count();
    const double rate = spent > 0 ? static_cast<double>(step + 1 - cursor.step) / spent : 0;
    const host::RunProgress made{phase.name, step + 1, steps, shown_of(phase, report), rate};
    if (options_.observer.step) options_.observer.step(made);
    report_progress(cursor.phase, made);
    const bool stop = stop_requested();
    if (step + 1 < steps && (stop || Clock::now() - saved_ > kSaveInterval)) {
      require_finite_weights(phase, step);
      save({cursor.phase, step + 1}, &trainer, &updater);
      if (stop) return false;
    }
  }
  return true;
}

void Run::require_finite_weights(const ComposedPhase& phase, int64_t step) const {
  const std::string parameter = policy_.model.first_not_finite();
  if (parameter.empty()) return;
  throw Error("phase '" + phase.name + "', step " + std::to_string(step) +
              ": after it parameter '" + parameter + "' is not finite; lower optimizer.lr");
}

StatusRecord::Progress Run::progress(size_t index, int64_t step) const {
  const ComposedPhase& phase = composition_.phases[index];
  StatusRecord::Progress progress{phase.name, step, steps_of(phase)};
  progress.done = step;
  for (size_t i = 0; i < composition_.phases.size(); ++i) {
    const int64_t steps = steps_of(composition_.phases[i]);
    progress.total += steps;
    if (i < index) progress.done += steps;
  }
  return progress;
}

void Run::report_progress(size_t phase, const host::RunProgress& step) {
  if (Clock::now() - reported_ < kReportInterval) return;
  reported_ = Clock::now();
  StatusRecord status{StatusRecord::State::running, progress(phase, step.step)};
  status.progress->rate = step.rate;
  status.progress->shown = step.shown;
  directory_.write_status(status);
}

std::vector<std::unique_ptr<TermRunner>> Run::make_terms(const ComposedPhase& phase) {
  const TermMaker maker{composition_, instances_, references_, policy_, *task_, ledger_};
  std::vector<std::unique_ptr<TermRunner>> terms;
  for (const ComposedTerm& term : phase.terms) terms.push_back(maker.make(phase, term));
  return terms;
}

Updater Run::make_updater(const ComposedPhase& phase) {
  std::vector<Trained> trained = freeze(phase);
  return {phase, std::move(trained), instances_.make<Optimizer>(*phase.optimizer),
          instances_.make<Schedule>(*phase.schedule)};
}

std::vector<Trained> Run::freeze(const ComposedPhase& phase) {
  const std::vector<ParameterInfo> infos = policy_.model.infos();
  const std::vector<bool> trainable =
      instances_.make<Freezing>(*phase.freeze)->trainable(infos, policy_.model.blocks());
  std::vector<Trained> trained;
  int64_t count = 0, all = 0;
  for (size_t i = 0; i < infos.size(); ++i) {
    torch::Tensor value = policy_.model.parameters()[i].value;
    value.set_requires_grad(trainable[i]);
    all += value.numel();
    if (trainable[i]) {
      count += value.numel();
      trained.push_back({infos[i].name, value, {}});
    } else if (!infos[i].tied_to.empty()) {
      environment_.log->info("{}: frozen {} is also {}", phase.name, infos[i].name,
                             infos[i].tied_to);
    }
  }
  environment_.log->info("{}: {}, {} of {} parameters trained", phase.name,
                         counted(steps_of(phase), "step"), grouped(count), grouped(all));
  LEAKPROBE_CHECK(!trained.empty(), "a phase that trains nothing was not refused");
  return trained;
}

bool Run::evaluate(const ComposedPhase& phase, int64_t step, int64_t steps, bool forced) {
  const Stage stage(phase.name, step);
  double seconds = 0;
  std::vector<Evaluation> evaluations;
  {
    const Timed timed(seconds);
    evaluations = evaluator_->evaluate(phase, step, steps, forced, scoring_);
  }
  for (const Evaluation& evaluation : evaluations) evidence_.add(evaluation);
  journal_->evaluations(phase, step, *evaluator_, evaluations, seconds);
  return !evaluations.empty();
}

std::unique_ptr<Policy> Run::policy_at(const WeightsRef& origin) {
  return std::make_unique<Policy>(origin.run.empty()
                                      ? policy_.model.with_weights(weights_.at(origin.phase))
                                      : load_run_weights(policy_.model, origin),
                                  composition_.compute);
}

void Run::write_endpoint_items() {
  std::set<std::vector<std::string>> written;
  for (const Measurement* claim : composition_.all_claims()) {
    const ComposedProbe* probe = evidence_.probe_of(claim->measure, claim->phase);
    if (claim->at != Endpoint::maximum || !probe) continue;
    std::vector<Cell> cells = claim->cells;
    if (const auto control = composition_.task.facts().control_for(cells.front())) {
      cells.emplace_back(*control);
    }
    for (const Cell& cell : cells) {
      if (!written.insert({probe->name, claim->phase, cell.name(), cell.prefix}).second) continue;
      const auto reading = evidence_.read(claim->measure, claim->phase, cell, Endpoint::maximum);
      const auto* values = evidence_.best_items(probe->name, claim->phase, cell);
      if (!reading || !values) continue;
      const Evaluation endpoint{probe->name, claim->phase, reading->step, true, false, {}};
      journal_->items(evaluator_->items_record(endpoint, {cell, reading->value, *values}));
    }
  }
}

host::RunOutcome Run::finish() {
  write_endpoint_items();
  ResultRecord result = make_result(composition_, evidence_, ledger_, options_.limit_steps);
  journal_->result(result.to_value());
  journal_->written();  // on disk before status.json vouches for it
  result.parameters = parameter_counts();
  result.seconds = seconds();
  directory_.write_json(kLedgerFile, ledger_.report().to_value());
  directory_.write_json(kResultFile, result.to_value());
  StatusRecord status{StatusRecord::State::complete};
  status.files = manifest_of(directory_.path(), further_files(composition_), checkpoints_);
  directory_.write_status(status);
  directory_.drop_superseded();
  directory_.remove_state();
  return {status_of(result.verdict), directory_.path(), false, result.to_value()};
}

}  // namespace leakprobe
