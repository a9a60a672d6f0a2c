#pragma once

#include <memory>
#include <string>

#include "leakprobe/freezing.h"
#include "leakprobe/model.h"
#include "leakprobe/objective.h"
#include "leakprobe/optimizer.h"
#include "leakprobe/probe.h"
#include "leakprobe/reward.h"
#include "leakprobe/schedule.h"
#include "leakprobe/sink.h"
#include "leakprobe/task.h"
#include "plugin/contract.h"

/// Plugins as the engine holds them: every call goes through `guarded`, and every answer is held
/// against what the kind's header asks for. A fault is a PluginError that names the plugin, with
/// phase and step. `plugin` is its plugin_text.
namespace leakprobe {

std::shared_ptr<Task> with_guard(std::shared_ptr<Task> task, std::string plugin, RowLimits limits);
std::shared_ptr<Objective> with_guard(std::shared_ptr<Objective> objective, std::string plugin,
                                      ObjectiveFacts facts);
/// Where a row's log-probabilities are not finite, the model is named and not the probe.
std::shared_ptr<Probe> with_guard(std::shared_ptr<Probe> probe, std::string plugin,
                                  ProbeFacts facts);
std::shared_ptr<Freezing> with_guard(std::shared_ptr<Freezing> freezing, std::string plugin);
std::shared_ptr<Schedule> with_guard(std::shared_ptr<Schedule> schedule, std::string plugin);
/// After `restore` the state must be the one that was given.
std::shared_ptr<Optimizer> with_guard(std::shared_ptr<Optimizer> optimizer, std::string plugin);
/// Bytes are for the file that the facts name.
std::shared_ptr<Sink> with_guard(std::shared_ptr<Sink> sink, std::string plugin, SinkFacts facts);
std::shared_ptr<Reward> with_guard(std::shared_ptr<Reward> reward, std::string plugin,
                                   RewardFacts facts);
/// For states of `width` numbers; the head is looked at once.
std::shared_ptr<Model> with_guard(std::shared_ptr<Model> model, std::string plugin,
                                  int64_t vocabulary, int64_t width);

}  // namespace leakprobe
