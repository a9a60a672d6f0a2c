#include "run/runner.h"

#include <ATen/Parallel.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "format/json_to_value.h"
#include "leakprobe/error.h"
#include "model/checkpoint.h"
#include "plugin/guard.h"
#include "run/allocator.h"
#include "run/environment_report.h"
#include "run/evaluator.h"
#include "run/evidence.h"
#include "run/instances.h"
#include "run/ledger.h"
#include "run/load_model.h"
#include "run/progress.h"
#include "run/reference.h"
#include "run/run_context.h"
#include "run/run_directory.h"
#include "run/run_state.h"
#include "run/scoring.h"
#include "run/terminal.h"
#include "run/trainer.h"
#include "run/verdict.h"
#include "run/weight_store.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::atomic<bool> stop_requested = false;

/// A long run that dies loses at most this much.
constexpr auto kSaveInterval = std::chrono::minutes(10);

/// Shows log lines through the terminal's one owner.
class TerminalSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit TerminalSink(Terminal& terminal) : terminal_(terminal) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string text(message.payload.data(), message.payload.size());
    terminal_.line(message.level >= spdlog::level::warn ? "warning: " + text : text);
  }
  void flush_() override {}
  Terminal& terminal_;
};

std::shared_ptr<spdlog::logger> make_log(const fs::path& file, Terminal& terminal) {
  auto to_file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
  to_file->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  auto log = std::make_shared<spdlog::logger>(
      "run", spdlog::sinks_init_list{to_file, std::make_shared<TerminalSink>(terminal)});
  log->flush_on(spdlog::level::info);
  return log;
}

/// One run from start to end: owns everything that lives as long as it.
class Run {
 public:
  Run(const Composition& composition, const Registry& registry, const host::RunOptions& options,
      RunDirectory& directory)
      : composition_(composition),
        registry_(registry),
        options_(options),
        directory_(directory),
        terminal_(options.quiet),
        environment_{make_log(directory.path() / "log.txt", terminal_), composition.seed,
                     torch::Device(composition.device), nullptr},
        model_(load_model(composition, registry, environment_.device)),
        instances_((environment_.tokenizer = model_.tokenizer(), environment_), registry),
        scoring_(model_.model(), composition.compute, environment_.device),
        task_(instances_.make<Task>(*composition.task)),
        weights_(composition),
        evidence_(composition) {}

  host::RunOutcome execute() {
    check();
    ledger_.emplace(composition_, *task_);
    std::vector<std::shared_ptr<const Probe>> probes;
    for (const ComposedProbe& probe : composition_.probes) {
      probes.push_back(instances_.make<Probe>(*probe.probe));
    }
    evaluator_.emplace(composition_, *task_, std::move(probes));
    for (const Slot<Sink>& sink : composition_.sinks) {
      sinks_.push_back(instances_.make<Sink>(*sink));
    }
    directory_.write_text("config.yaml", to_yaml(composition_.resolved));
    directory_.write_json("environment.json", environment_report(composition_, registry_));

    size_t phase = 0;
    int64_t step = 0;
    std::optional<RunState> resumed;
    if (options_.resume && directory_.has_state()) {
      resumed = restore(phase, step);
    } else {
      open_files({});
      weights_.keep("initial", 0, model_);
      write_parameters();
    }
    for (; phase < composition_.phases.size(); ++phase, step = 0) {
      if (!run_phase(phase, step, resumed ? &*resumed : nullptr)) {
        directory_.write_status("interrupted", composition_.phases[phase].name, next_step_);
        return {host::RunStatus::interrupted, directory_.path(), false, nullptr};
      }
      resumed.reset();
    }
    return finish();
  }

 private:
  void check() const {
    Diagnostics diagnostics;
    check_rows(composition_, *task_, diagnostics);
    if (diagnostics.has_errors()) throw host::InvalidExperiment(diagnostics.sorted());
  }

  void open_files(const Value& positions) {
    const auto position = [&](const std::string& name) {
      const Value* found = positions.find(name);
      return found ? found->as_integer() : int64_t{0};
    };
    timing_.emplace(directory_.path() / "timing.jsonl", position("timing"));
    items_.emplace(directory_.path() / "items.jsonl", position("items"));
    for (size_t s = 0; s < sinks_.size(); ++s) {
      const Slot<Sink>& slot = composition_.sinks[s];
      guarded(CallSite{plugin_text(slot->kind, slot->type, slot->path), {}, {}},
              [&] { sinks_[s]->open(directory_.path(), position("sink" + std::to_string(s))); });
    }
  }

  void write(const Value& record) {
    for (size_t s = 0; s < sinks_.size(); ++s) {
      guarded(
          [&] {
            const Slot<Sink>& slot = composition_.sinks[s];
            return CallSite{plugin_text(slot->kind, slot->type, slot->path), {}, {}};
          },
          [&] { sinks_[s]->write(record); });
    }
  }

  void write_parameters() {
    int64_t count = 0;
    for (const ModelParameter& parameter : model_.parameters()) count += parameter.value.numel();
    environment_.log->info("{}: {:.1f} M parameters, {} steps in {} phases, {} threads",
                           composition_.name, static_cast<double>(count) / 1e6, total_steps(),
                           composition_.phases.size(), at::get_num_threads());
  }

  int64_t steps_of(const ComposedPhase& phase) const {
    return std::min(phase.steps, options_.limit_steps.value_or(phase.steps));
  }
  int64_t total_steps() const {
    int64_t total = 0;
    for (const ComposedPhase& phase : composition_.phases) total += steps_of(phase);
    return total;
  }

  /// The weights that `origin` names, in a model of their own.
  std::shared_ptr<LoadedModel> model_at(const Origin& origin) {
    if (!origin.run.empty()) return load_run_weights(model_, origin);
    return model_.with_weights(weights_.at(origin.phase));
  }

  std::shared_ptr<Reference> reference_at(const Origin& origin) {
    const std::string key = origin.run + ":" + origin.phase;
    std::shared_ptr<Reference>& reference = references_[key];
    if (!reference) {
      // The model is made when a value is first missing: after a resume often never.
      auto forward = std::make_shared<Forward>(composition_.compute);
      reference = std::make_shared<Reference>(
          [this, origin, forward,
           model = std::shared_ptr<LoadedModel>()](const std::vector<const Row*>& rows) mutable {
            if (!model) model = model_at(origin);
            return score(model->model(), *forward, environment_.device, rows);
          });
    }
    return reference;
  }

  /// Sets which parameters are trained; gives them.
  std::vector<Trained> freeze(const ComposedPhase& phase) {
    const auto freezing = instances_.make<Freezing>(*phase.freeze);
    std::vector<ParameterInfo> infos;
    for (const ModelParameter& parameter : model_.parameters()) infos.push_back(parameter.info);
    const std::vector<bool> trainable =
        guarded(CallSite{plugin_text(phase.freeze->kind, phase.freeze->type, phase.freeze->path),
                         phase.name,
                         {}},
                [&] { return freezing->trainable(infos, model_.blocks()); });
    LEAKPROBE_CHECK(trainable.size() == infos.size(),
                    "freezing '" + phase.freeze->type + "' did not cover every parameter once");
    std::vector<Trained> trained;
    int64_t count = 0, all = 0;
    for (size_t i = 0; i < infos.size(); ++i) {
      torch::Tensor value = model_.parameters()[i].value;
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
    environment_.log->info("{}: {} steps, {:.1f} of {:.1f} M parameters trained", phase.name,
                           steps_of(phase), static_cast<double>(count) / 1e6,
                           static_cast<double>(all) / 1e6);
    if (trained.empty()) {
      throw Error("phase '" + phase.name + "': every parameter is frozen; change phases." +
                  phase.name + ".freeze");
    }
    return trained;
  }

  void start_from(size_t index) {
    const ComposedPhase& phase = composition_.phases[index];
    const std::string before = index == 0 ? "initial" : composition_.phases[index - 1].name;
    if (!phase.from.run.empty()) {
      model_.restore(load_run_weights(model_, phase.from)->snapshot());
    } else if (phase.from.phase != before) {
      model_.restore(weights_.at(phase.from.phase));
    }
  }

  /// False where it was interrupted; the state is then saved.
  bool run_phase(size_t index, int64_t first_step, const RunState* resumed) {
    const ComposedPhase& phase = composition_.phases[index];
    const int64_t steps = steps_of(phase);
    directory_.write_status("running", phase.name, first_step);
    if (!resumed) start_from(index);
    if (!resumed || first_step == 0) {
      const bool forced = index == 0 || reads_start(composition_, phase) || phase.steps == 0;
      if (forced) evaluate(phase, kBeforeFirstStep, steps, true);
    }
    if (!phase.terms.empty() && !train(index, first_step, steps, resumed)) return false;
    for (const ModelParameter& parameter : model_.parameters()) {
      torch::Tensor value = parameter.value;
      value.set_requires_grad(false);
    }
    weights_.keep(phase.name, index + 1, model_);
    const bool last = index + 1 == composition_.phases.size();
    if (composition_.keep == KeepCheckpoints::phases ||
        (composition_.keep == KeepCheckpoints::last && last)) {
      write_checkpoint(model_, directory_.path() / "checkpoints" / phase.name);
    }
    if (!last) save(index + 1, 0, nullptr);
    return true;
  }

  bool train(size_t index, int64_t first_step, int64_t steps, const RunState* resumed) {
    const ComposedPhase& phase = composition_.phases[index];
    std::vector<TermInstances> terms;
    for (const ComposedTerm& term : phase.terms) {
      TermInstances instances{instances_.make<Objective>(*term.term.objective), nullptr};
      if (term.term.objective.facts().needs_reference) {
        instances.reference = reference_at(reference_of(phase, term));
      }
      terms.push_back(std::move(instances));
    }
    std::vector<Trained> trained = freeze(phase);
    const auto optimizer = instances_.make<Optimizer>(*phase.optimizer);
    const auto schedule = instances_.make<Schedule>(*phase.schedule);
    if (resumed) {
      const auto state = resumed->in_order("optimizer");
      if (!state.empty()) optimizer->restore(state);
    }
    Trainer trainer(phase, model_, composition_.compute, environment_.device, *task_,
                    composition_.task.facts(), composition_.seed, std::move(terms),
                    std::move(trained), *optimizer, *schedule, *ledger_,
                    composition_.rows_per_pass);
    Progress progress(terminal_, phase.name, first_step, steps);
    for (int64_t step = first_step; step < steps; ++step) {
      double seconds = 0;
      StepReport report;
      {
        const Timed timed(seconds);
        report = trainer.step(step);
      }
      record_step(phase, step, report, seconds);
      evaluate(phase, step, steps, false);
      progress.step(step, report.loss);
      const bool stop = stop_requested.load();
      if (step + 1 < steps && (stop || Clock::now() - saved_ > kSaveInterval)) {
        save(index, step + 1, optimizer.get());
        if (stop) return false;
      }
    }
    terminal_.clear();
    return true;
  }

  void record_step(const ComposedPhase& phase, int64_t step, const StepReport& report,
                   double seconds) {
    Value record = Value::map();
    record.set("v", 1);
    record.set("record", "step");
    record.set("phase", phase.name);
    record.set("step", step);
    record.set("lr", report.rate);
    record.set("loss", report.loss);
    record.set("grad_norm", report.gradient_norm);
    Value terms = Value::map();
    for (const auto& [name, metrics] : report.terms) {
      Value term = Value::map();
      for (const auto& [metric, value] : metrics) term.set(metric, value);
      terms.set(name, std::move(term));
      evidence_.add_step(phase.name, step, name, metrics);
    }
    record.set("terms", std::move(terms));
    write(record);
    Value timing = Value::map();
    timing.set("record", "step");
    timing.set("phase", phase.name);
    timing.set("step", step);
    timing.set("seconds", seconds);
    timing.set("reference", report.times.reference);
    timing.set("forward", report.times.forward);
    timing.set("head", report.times.head);
    timing.set("backward", report.times.backward);
    timing.set("optimizer", report.times.optimizer);
    timing_->write(timing);
  }

  void evaluate(const ComposedPhase& phase, int64_t step, int64_t steps, bool forced) {
    double seconds = 0;
    std::vector<Evaluation> evaluations;
    {
      const Timed timed(seconds);
      evaluations = evaluator_->evaluate(phase, step, steps, forced, scoring_);
    }
    if (evaluations.empty()) return;
    Value timing = Value::map();
    timing.set("record", "evaluation");
    timing.set("phase", phase.name);
    timing.set("step", step);
    timing.set("seconds", seconds);
    timing_->write(timing);
    for (const Evaluation& evaluation : evaluations) {
      evidence_.add(evaluation);
      write(evaluator_->record(evaluation));
      if (!evaluation.end) continue;
      for (const ProbeValue& value : evaluation.values) {
        items_->write(evaluator_->items_record(evaluation, value));
      }
    }
  }

  void save(size_t phase, int64_t step, const Optimizer* optimizer) {
    RunState state;
    for (const ModelParameter& parameter : model_.parameters()) {
      state.tensors.emplace_back("weights/" + parameter.info.name, parameter.value.detach());
    }
    if (optimizer) state.put_in_order("optimizer", optimizer->state());
    for (const auto& [origin, snapshot] : weights_.all()) {
      for (size_t i = 0; i < snapshot.size(); ++i) {
        state.tensors.emplace_back("kept/" + origin + "/" + model_.parameters()[i].info.name,
                                   snapshot[i]);
      }
    }
    Value references = Value::list();
    for (const auto& [key, reference] : references_) {
      const auto [keys, values] = reference->state();
      const std::string name = "reference/" + std::to_string(references.as_list().size());
      state.tensors.emplace_back(name + "/keys", keys);
      state.tensors.emplace_back(name + "/values", values);
      references.push_back(key);
    }
    Value positions = Value::map();
    positions.set("timing", timing_->position());
    positions.set("items", items_->position());
    for (size_t s = 0; s < sinks_.size(); ++s) {
      positions.set("sink" + std::to_string(s), sinks_[s]->position());
    }
    state.facts.set("version", 1);
    state.facts.set("digest", composition_.digest);
    state.facts.set("seed", static_cast<int64_t>(composition_.seed));
    state.facts.set("circumstances", circumstances(composition_));
    state.facts.set("phase", composition_.phases[phase].name);
    state.facts.set("step", step);
    state.facts.set("seconds", seconds());
    state.facts.set("references", std::move(references));
    state.facts.set("positions", std::move(positions));
    state.facts.set("ledger", ledger_->report());
    state.facts.set("evidence", evidence_.state());
    state.save(directory_.path() / "state.safetensors");
    directory_.write_json("ledger.json", ledger_->report());
    next_step_ = step;
    saved_ = Clock::now();
  }

  RunState restore(size_t& phase, int64_t& step) {
    RunState state = RunState::load(directory_.path() / "state.safetensors");
    const auto same = [&](const char* what, const Value& then, const Value& now) {
      // Compared as they are stored, where the order of keys is not kept.
      const std::string before = to_json(then);
      const std::string present = to_json(to_value(JsonValue::parse(to_json(now), what)));
      if (before == present) return;
      throw Error(directory_.path().string() + ": cannot resume: the saved run has another " +
                  what + " (" + before + ", now " + present +
                  "); start it again with --fresh or choose another --out");
    };
    same("configuration", *state.facts.find("digest"), composition_.digest);
    same("seed", *state.facts.find("seed"), static_cast<int64_t>(composition_.seed));
    same("environment", *state.facts.find("circumstances"), circumstances(composition_));
    const std::string name = state.facts.find("phase")->as_string();
    while (composition_.phases[phase].name != name) ++phase;
    step = next_step_ = state.facts.find("step")->as_integer();
    before_ = state.facts.find("seconds")->as_number();

    const auto snapshot = [&](const std::string& prefix) {
      WeightSnapshot weights;
      const NamedTensors stored = state.under(prefix);
      for (const ModelParameter& parameter : model_.parameters()) {
        const auto found = std::find_if(stored.begin(), stored.end(), [&](const auto& entry) {
          return entry.first == parameter.info.name;
        });
        LEAKPROBE_CHECK(found != stored.end(), "the saved state lacks " + parameter.info.name);
        weights.push_back(found->second.to(environment_.device));
      }
      return weights;
    };
    model_.restore(snapshot("weights"));
    const std::string first = model_.parameters().front().info.name;
    for (const auto& [tensor, value] : state.under("kept")) {
      const size_t slash = tensor.find('/');
      if (tensor.substr(slash + 1) != first) continue;
      const std::string origin = tensor.substr(0, slash);
      weights_.put(origin, snapshot("kept/" + origin));
    }
    const Value::List& references = state.facts.find("references")->as_list();
    for (size_t r = 0; r < references.size(); ++r) {
      const std::string& key = references[r].as_string();
      const size_t colon = key.rfind(':');
      const NamedTensors stored = state.under("reference/" + std::to_string(r));
      reference_at({key.substr(colon + 1), key.substr(0, colon)})
          ->restore(stored.at(0).second, stored.at(1).second);
    }
    ledger_->restore(*state.facts.find("ledger"));
    evidence_.restore(*state.facts.find("evidence"));
    open_files(*state.facts.find("positions"));
    environment_.log->info("resumed in phase {} at step {}", name, step);
    return state;
  }

  double seconds() const {
    return before_ + std::chrono::duration<double>(Clock::now() - start_).count();
  }

  void write_endpoint_items() {
    if (!composition_.claim || composition_.claim->at != Endpoint::maximum) return;
    const Measurement& claim = *composition_.claim;
    const ComposedProbe* probe = evidence_.probe_of(claim.measure, claim.phase);
    if (!probe) return;
    std::vector<Cell> cells = claim.cells;
    if (const SetFacts* control = composition_.task.facts().control()) {
      cells.push_back({control->name, cells.front().prefix});
    }
    for (const Cell& cell : cells) {
      const auto reading = evidence_.read(claim.measure, claim.phase, cell, Endpoint::maximum);
      const auto* values = evidence_.best_items(probe->name, claim.phase, cell);
      if (!reading || !values) continue;
      const Evaluation endpoint{probe->name, claim.phase, reading->step, true, false, {}};
      items_->write(evaluator_->items_record(endpoint, {cell, reading->value, *values}));
    }
  }

  host::RunOutcome finish() {
    write_endpoint_items();
    Value result = make_result(composition_, evidence_, *ledger_, options_.limit_steps);
    Value record = result;
    record.set("v", 1);
    record.set("record", "result");
    write(record);
    for (const auto& sink : sinks_) sink->position();
    timing_->position();
    items_->position();
    result.set("seconds", seconds());
    directory_.write_json("ledger.json", ledger_->report());
    directory_.write_json("result.json", result);
    directory_.write_status("complete");
    fs::remove(directory_.path() / "state.safetensors");
    const std::string& verdict = result.find("verdict")->as_string();
    const host::RunStatus status = options_.limit_steps ? host::RunStatus::limited
                                   : verdict == "VALID" ? host::RunStatus::valid
                                                        : host::RunStatus::invalid;
    return {status, directory_.path(), false, std::move(result)};
  }

  const Composition& composition_;
  const Registry& registry_;
  const host::RunOptions& options_;
  RunDirectory& directory_;
  Terminal terminal_;
  RunEnvironment environment_;
  LoadedModel model_;
  Instances instances_;
  ScoringModel scoring_;
  std::shared_ptr<const Task> task_;
  WeightStore weights_;
  Evidence evidence_;
  std::optional<Ledger> ledger_;
  std::optional<Evaluator> evaluator_;
  std::vector<std::shared_ptr<Sink>> sinks_;
  std::optional<GrowingFile> timing_, items_;
  std::map<std::string, std::shared_ptr<Reference>> references_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point saved_ = Clock::now();
  double before_ = 0;  ///< seconds spent before the run was interrupted
  int64_t next_step_ = 0;
};

host::RunStatus status_of(const Value& result) {
  const std::string& verdict = result.find("verdict")->as_string();
  if (verdict == "NONE") return host::RunStatus::limited;
  return verdict == "VALID" ? host::RunStatus::valid : host::RunStatus::invalid;
}

fs::path default_directory(const Composition& composition, const host::RunOptions& options) {
  std::string leaf = composition.digest + "-s" + std::to_string(composition.seed);
  if (options.limit_steps) leaf += "-limited";
  return fs::path("runs") / composition.name / leaf;
}

}  // namespace

host::RunOutcome run_experiment(const Composition& composition, const Registry& registry,
                                const host::RunOptions& options) {
  stop_requested = false;
  if (!composition.model.missing.empty()) throw Error(composition.model.missing);
  const fs::path path = options.out.empty() ? default_directory(composition, options) : options.out;
  RunDirectory directory(path);
  if (options.fresh) directory.clear();
  switch (directory.content()) {
    case RunDirectory::Content::nothing:
      break;
    case RunDirectory::Content::complete: {
      Value result = directory.read_json("result.json");
      const Value* digest = result.find("digest");
      const Value* seed = result.find("seed");
      if (!digest || digest->as_string() != composition.digest || !seed ||
          seed->as_integer() != static_cast<int64_t>(composition.seed)) {
        throw Error(path.string() +
                    ": holds a finished run of another configuration; choose another --out or "
                    "replace it with --fresh");
      }
      const host::RunStatus status = status_of(result);
      if (status == host::RunStatus::limited) {  // it is no result, so nothing is lost
        directory.clear();
        break;
      }
      if (options.limit_steps) {
        throw Error(path.string() +
                    ": holds a finished run, which a limited one must not replace; choose another "
                    "--out");
      }
      return {status, path, true, std::move(result)};
    }
    case RunDirectory::Content::partial:
      if (options.resume && directory.has_state()) break;
      if (options.resume) {
        directory.clear();
        break;
      }
      throw Error(path.string() +
                  ": holds an unfinished run; go on with --resume or start again with --fresh");
  }
  keep_freed_memory();
  at::set_num_threads(composition.threads > 0 ? static_cast<int>(composition.threads)
                                              : at::intraop_default_num_threads());
  try {
    return Run(composition, registry, options, directory).execute();
  } catch (const std::exception& failure) {
    directory.write_status("failed", "", 0, failure.what());
    throw;
  }
}

}  // namespace leakprobe

namespace leakprobe::host {

void request_stop() { stop_requested = true; }

}  // namespace leakprobe::host
