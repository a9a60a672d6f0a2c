#include "run/check_experiment.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/plugin_call.h"
#include "compose/probes.h"
#include "data/check_numbers.h"
#include "data/completions.h"
#include "data/fresh_names.h"
#include "data/item_source.h"
#include "data/prompts.h"
#include "data/token_check.h"
#include "evidence/control_check.h"
#include "evidence/evaluator.h"
#include "evidence/hidden_secrets.h"
#include "evidence/protected_check.h"
#include "evidence/rewarded_rows.h"
#include "evidence/row_counts.h"
#include "evidence/trained_rows.h"
#include "instances/load_model.h"
#include "instances/silent_instances.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"
#include "plugin/guard.h"
#include "run/inheritance.h"
#include "run/origins.h"

namespace leakprobe {
namespace {

/// Reports a mistake where the experiment says which tokenizer it means.
void blame_tokenizer(const Composition& composition, const std::string& message,
                     const std::string& hint, Diagnostics& diagnostics) {
  const Value& model = composition.resolved.at("model");
  for (const char* key : {"tokenizer", "path"}) {
    if (const Value* said = model.find(key)) {
      diagnostics.error(said->place, child_path("model", key), message, hint);
      return;
    }
  }
  diagnostics.error(composition.task->place, composition.task->path, message, hint);
}

/// Makes the plugins of an experiment and asks them what a run asks before its first step.
class PluginCheck {
 public:
  PluginCheck(const Composition& composition, const Registry& registry,
              std::shared_ptr<const Tokenizer> tokenizer, Depth depth, Diagnostics& diagnostics)
      : composition_(composition),
        registry_(registry),
        tokenizer_(tokenizer),
        depth_(depth),
        quiet_(composition, registry, std::move(tokenizer), torch::kCPU, warner()),
        parameters_(parameters_of(composition, registry)),
        diagnostics_(diagnostics) {}

  /// `origins`: weights of other runs that can be taken up.
  void check_task(const std::vector<WeightsRef>& origins) {
    blame(*composition_.task, [&] {
      const std::shared_ptr<Task> task = instances().make<Task>(*composition_.task);
      check_watched(*task);
      check_rewarded_rows(composition_, *task, watched_->guarded, diagnostics_);
      const bool all = depth_ == Depth::whole && !all_ids_are_known();
      check_tokens(composition_, *task, all ? kRowsOfARun : kRowsValidated, diagnostics_);
      check_numbers(composition_, *task, diagnostics_);
      check_rollouts(composition_, *task, tokenizer_.get(), diagnostics_);
      check_completions(composition_, *task, tokenizer_.get(), diagnostics_);
      check_inherited(composition_, *watched_, origins, registry_, diagnostics_);
      task_ = task;
    });
  }

  void check_others() {
    for (const Measurement* claim : composition_.all_claims()) check_claim(*claim);
    for (const ComposedPhase& phase : composition_.phases) {
      if (!phase.terms.empty()) check_phase(phase);
    }
    for (const ComposedProbe& probe : composition_.probes) check_probe(probe);
    for (const Slot<Sink>& sink : composition_.sinks) make(sink);
  }

  /// nullptr where the task could not give them.
  std::shared_ptr<const WatchedRows> watched() const { return watched_; }

 private:
  Instances& instances() { return quiet_.instances(); }

  /// Makes the rows by which the experiment is judged, and compares those that it trains on.
  void check_watched(const Task& task) {
    watched_ = std::make_shared<const WatchedRows>(composition_, task, tokenizer_);
    ProtectedCheck guarded(watched_->guarded, diagnostics_);
    ControlCheck control(watched_->control, diagnostics_);
    HiddenSecrets hidden(*watched_, diagnostics_);
    look_through(composition_, task, {&guarded, &control, &hidden});
    check_fresh_rows(composition_, task, watched_->guarded, diagnostics_);
  }

  /// Warnings of plugins stand where the experiment chooses them. A run's own plugins give those of
  /// their making again, to its log.
  std::function<void(const std::string&, const std::string&)> warner() {
    return [this](const std::string& path, const std::string& message) {
      if (depth_ == Depth::whole && !shows_cells_) return;
      diagnostics_.warning(asked_ != nullptr ? asked_->place : Place{}, path, message);
    };
  }

  /// Whether the model has every id that rows of text can hold.
  bool all_ids_are_known() const {
    return composition_.task.facts().needs_tokenizer && tokenizer_ != nullptr &&
           tokenizer_->size() <= composition_.model.vocab_size;
  }

  /// What `call` throws is a mistake where the experiment chooses the plugin.
  template <class Call>
  void blame(const PluginChoice& choice, const Call& call) {
    asked_ = &choice;
    try {
      call();
    } catch (const DiagnosedError& found) {
      report(found, choice.place, choice.path, diagnostics_);
    } catch (const Error& error) {
      diagnostics_.error(choice.place, choice.path,
                         at_its_place(choice.kind, choice.type, choice.path, error.what()));
    }
  }

  template <class Interface>
  void make(const Slot<Interface>& slot) {
    blame(*slot, [&] { instances().template make<Interface>(*slot); });
  }

  void check_claim(const Measurement& claim) {
    const std::string words = unequal_rows(claim, composition_);
    if (words.empty()) return;
    const ComposedProbe* probe = find_probe(composition_.probes, claim.measure, claim.phase);
    diagnostics_.warning(probe->place, probe->path, words,
                         "give the probe 'rows' that both sets have");
  }

  /// A probe sees what it will measure now, and not at the end of hours of training.
  void check_probe(const ComposedProbe& composed) {
    ComposedProbe shown = composed;
    if (depth_ == Depth::quick) shown.rows = std::min(shown.rows, kRowsValidated);
    blame(*composed.probe, [&] {
      const auto probe = instances().make<Probe>(*composed.probe);
      if (task_ == nullptr) return;
      const int64_t vocabulary = composition_.model.vocab_size;
      shows_cells_ = true;
      probe->check(cells_measured(composition_, shown, *task_),
                   vocabulary > 0 ? std::optional(vocabulary) : std::nullopt);
    });
    shows_cells_ = false;
  }

  void check_phase(const ComposedPhase& phase) {
    const Stage stage(phase.name);
    for (const ComposedTerm& term : phase.terms) {
      make(term.term.objective);
      if (const auto& rollout = term.term.stream.rollout) make(rollout->reward);
    }
    make(phase.optimizer);
    make(phase.schedule);
    blame(*phase.freeze, [&] {
      const auto freezing = instances().make<Freezing>(*phase.freeze);
      if (parameters_.empty()) return;  // the model is missing
      const std::vector<bool> trained =
          freezing->trainable(parameters_, composition_.model.model.facts().blocks);
      if (std::find(trained.begin(), trained.end(), true) != trained.end()) return;
      diagnostics_.error(phase.freeze->place, phase.freeze->path,
                         "every parameter is frozen, so that nothing is trained",
                         "leave something to train");
    });
  }

  const Composition& composition_;
  const Registry& registry_;
  const std::shared_ptr<const Tokenizer> tokenizer_;
  const Depth depth_;
  const PluginChoice* asked_ = nullptr;  ///< whose code is at work
  bool shows_cells_ = false;             ///< to a probe, of which it may warn
  SilentInstances quiet_;
  std::shared_ptr<const Task> task_;  ///< nullptr where it cannot give rows
  std::shared_ptr<const WatchedRows> watched_;
  const std::vector<ParameterInfo> parameters_;
  Diagnostics& diagnostics_;
};

/// What only the parts show that draw rows and keep account of them.
void check_names(const Composition& composition, Diagnostics& diagnostics) {
  check_fresh_names(composition, diagnostics);
  if (composition.task.facts().find(kSampled) == nullptr) return;
  diagnostics.error(
      composition.task->place, composition.task->path,
      "a set is called '" + std::string(kSampled) + "', as the rows that a policy makes are",
      "call it otherwise");
}

std::shared_ptr<const WatchedRows> check_plugins(const Composition& composition,
                                                 const Registry& registry, Depth depth,
                                                 const std::vector<WeightsRef>& origins,
                                                 Diagnostics& diagnostics) {
  std::shared_ptr<const Tokenizer> tokenizer;
  try {
    tokenizer = load_tokenizer_of(composition, registry);
  } catch (const Error& error) {
    blame_tokenizer(composition, error.what(), "", diagnostics);
    return nullptr;
  }
  if (tokenizer == nullptr && composition.task.facts().needs_tokenizer) {
    if (!composition.model.missing.empty()) return nullptr;
    blame_tokenizer(composition,
                    "the model has no tokenizer of its own, and the task's rows are text",
                    "name a tokenizer.json with model.tokenizer", diagnostics);
    return nullptr;
  }
  PluginCheck plugins(composition, registry, std::move(tokenizer), depth, diagnostics);
  plugins.check_task(origins);
  plugins.check_others();
  return plugins.watched();
}

Diagnostic mistake_of_model(const Composition& composition, const std::string& message) {
  const Value* model = composition.resolved.find("model");
  const Value* path = model != nullptr ? model->find("path") : nullptr;
  return {Diagnostic::Severity::error, path != nullptr ? path->place : Place{}, "model.path",
          message, ""};
}

}  // namespace

std::shared_ptr<const WatchedRows> check_experiment(const Composition& composition,
                                                    const Registry& registry, Depth depth,
                                                    Diagnostics& diagnostics) {
  const WeightsRead read = depth == Depth::whole ? WeightsRead::all : WeightsRead::shapes;
  const std::vector<WeightsRef> origins = check_origins(composition, registry, read, diagnostics);
  check_names(composition, diagnostics);
  return check_plugins(composition, registry, depth, origins, diagnostics);
}

std::optional<Diagnostic> missing_model(const Composition& composition) {
  if (composition.model.missing.empty()) return std::nullopt;
  return mistake_of_model(composition, composition.model.missing);
}

void require_model(const Composition& composition) {
  if (auto missing = missing_model(composition)) throw host::InvalidExperiment({*missing});
}

LoadedModel require_initial_model(const Composition& composition, const Registry& registry) {
  try {
    return load_model(composition, registry, torch::Device(composition.device));
  } catch (const UnfitModel& unfit) {
    throw host::InvalidExperiment({mistake_of_model(composition, unfit.what())});
  }
}

}  // namespace leakprobe
