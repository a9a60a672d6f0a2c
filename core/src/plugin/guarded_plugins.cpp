#include "plugin/guarded_plugins.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "plugin/guard.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// A plugin and its name for messages.
template <class Interface>
class Guarded : public Interface {
 public:
  Guarded(std::shared_ptr<Interface> inner, std::string plugin)
      : inner_(std::move(inner)), plugin_(std::move(plugin)) {}

 protected:
  Interface& inner() const { return *inner_; }
  const std::string& plugin() const { return plugin_; }
  template <class Call>
  decltype(auto) call(Call&& call) const {
    return guarded(plugin_, std::forward<Call>(call));
  }
  void require(const std::string& fault) const {
    if (!fault.empty()) throw_plugin_error(plugin_, fault);
  }

 private:
  const std::shared_ptr<Interface> inner_;
  const std::string plugin_;
};

class GuardedTask final : public Guarded<Task> {
 public:
  GuardedTask(std::shared_ptr<Task> task, std::string plugin, RowLimits limits)
      : Guarded(std::move(task), std::move(plugin)), limits_(limits) {}

  Row row(const RowRequest& request, Random random) const override {
    const auto where = [&] { return plugin() + ", " + row_text(request, request.index); };
    Row row = guarded(where, [&] { return inner().row(request, random); });
    const std::string fault = fault_of(row, limits_);
    if (!fault.empty()) throw_plugin_error(where(), fault);
    return row;
  }

 private:
  const RowLimits limits_;
};

class GuardedObjective final : public Guarded<Objective> {
 public:
  GuardedObjective(std::shared_ptr<Objective> objective, std::string plugin, ObjectiveFacts facts)
      : Guarded(std::move(objective), std::move(plugin)), facts_(std::move(facts)) {}

  Loss evaluate(const Columns& columns) const override {
    Loss loss = call([&] { return inner().evaluate(columns); });
    // A view of what has gradients says so of itself even where none are kept.
    const auto asks = [&](const ColumnNeed& need) {
      return at::GradMode::is_enabled() && columns.at(need.name).policy.requires_grad();
    };
    require(fault_of(loss, facts_, std::ranges::any_of(facts_.columns, asks)));
    return loss;
  }

  double count(const Columns& columns) const override {
    const double count = call([&] { return inner().count(columns); });
    require(fault_of_count(count));
    return count;
  }

 private:
  const ObjectiveFacts facts_;
};

/// The model as a probe sees it, whose answers are looked at before the probe computes with them.
class FiniteModel final : public ProbedModel {
 public:
  FiniteModel(ProbedModel& model, const std::vector<ProbeCell>& cells)
      : model_(model), cells_(cells) {}

  std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) override {
    auto scores = model_.score(rows);
    for (size_t r = 0; r < scores.size(); ++r) {
      const auto is_finite = [](float value) { return std::isfinite(value); };
      if (!std::ranges::all_of(scores[r], is_finite)) fail(*rows[r], "log-probability");
    }
    return scores;
  }

  std::vector<torch::Tensor> logits(const std::vector<const Row*>& rows) override {
    auto logits = model_.logits(rows);
    for (size_t r = 0; r < logits.size(); ++r) {
      if (!logits[r].isfinite().all().item<bool>()) fail(*rows[r], "logits");
    }
    return logits;
  }

  std::vector<torch::Tensor> residuals(const std::vector<const Row*>& rows,
                                       int64_t block) override {
    auto residuals = model_.residuals(rows, block);
    for (size_t r = 0; r < residuals.size(); ++r) {
      if (!residuals[r].isfinite().all().item<bool>()) fail(*rows[r], "residual stream");
    }
    return residuals;
  }
  torch::Tensor unembed(const torch::Tensor& states) override { return model_.unembed(states); }
  std::vector<Generated> generate(const std::vector<std::vector<int64_t>>& prompts,
                                  const Sampling& sampling, const RandomStream& random) override {
    return model_.generate(prompts, sampling, random);
  }
  int64_t blocks() const override { return model_.blocks(); }

 private:
  [[noreturn]] void fail(const Row& row, const std::string& what) const {
    std::string which = "a row of the probe's own";
    for (const ProbeCell& cell : cells_) {
      for (size_t i = 0; i < cell.rows.size(); ++i) {
        if (&cell.rows[i] != &row) continue;
        const int64_t first = cell.cell.items ? (*cell.cell.items)[0] : 0;
        which = row_text(cell.cell, first + static_cast<int64_t>(i));
      }
    }
    throw Error("the model gives no finite " + what + " for " + which +
                "; lower optimizer.lr, or look at the weights that it starts from");
  }

  ProbedModel& model_;
  const std::vector<ProbeCell>& cells_;
};

class GuardedProbe final : public Guarded<Probe> {
 public:
  GuardedProbe(std::shared_ptr<Probe> probe, std::string plugin, ProbeFacts facts)
      : Guarded(std::move(probe), std::move(plugin)), facts_(std::move(facts)) {}

  void check(const std::vector<ProbeCell>& cells,
             const std::optional<int64_t>& vocabulary) const override {
    guarded_reading(plugin(), [&] { inner().check(cells, vocabulary); });
  }
  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override {
    FiniteModel finite(model, cells);
    std::vector<ProbeValue> values = call([&] { return inner().measure(finite, cells); });
    require(fault_of(values, cells, facts_));
    return values;
  }

 private:
  const ProbeFacts facts_;
};

class GuardedFreezing final : public Guarded<Freezing> {
 public:
  using Guarded::Guarded;

  std::vector<bool> trainable(std::span<const ParameterInfo> parameters,
                              int64_t blocks) const override {
    std::vector<bool> trainable = call([&] { return inner().trainable(parameters, blocks); });
    require(fault_of_trainable(trainable, parameters.size()));
    return trainable;
  }
};

class GuardedSchedule final : public Guarded<Schedule> {
 public:
  using Guarded::Guarded;

  double factor(int64_t step, int64_t steps) const override {
    const double factor = call([&] { return inner().factor(step, steps); });
    require(fault_of_factor(factor));
    return factor;
  }
};

class GuardedOptimizer final : public Guarded<Optimizer> {
 public:
  using State = std::vector<std::pair<std::string, torch::Tensor>>;
  using Guarded::Guarded;

  double learning_rate() const override {
    const double rate = call([&] { return inner().learning_rate(); });
    require(fault_of_rate(rate));
    return rate;
  }
  double clip_norm() const override {
    const double norm = call([&] { return inner().clip_norm(); });
    require(fault_of_clip_norm(norm));
    return norm;
  }
  void step(std::vector<Trained>& parameters, double rate, double gradient_scale) override {
    call([&] { inner().step(parameters, rate, gradient_scale); });
  }
  State state() const override {
    State state = call([&] { return inner().state(); });
    for (const auto& [name, tensor] : state) {
      if (!tensor.defined()) require("state gave nothing for " + quote(name));
    }
    return state;
  }
  void restore(const State& given) override {
    call([&] { inner().restore(given); });
    const auto same = [](const auto& a, const auto& b) {
      return a.first == b.first && a.second.scalar_type() == b.second.scalar_type() &&
             a.second.sizes() == b.second.sizes() && at::equal(a.second.cpu(), b.second.cpu());
    };
    if (std::ranges::equal(given, state(), same)) return;
    require("its state after restore is not the one that was saved; start the run with --fresh");
  }
};

class GuardedSink final : public Guarded<Sink> {
 public:
  GuardedSink(std::shared_ptr<Sink> sink, std::string plugin, SinkFacts facts)
      : Guarded(std::move(sink), std::move(plugin)), facts_(std::move(facts)) {}

  std::string beginning() override {
    std::string bytes = call([&] { return inner().beginning(); });
    require(fault_of_bytes("beginning", bytes, facts_));
    return bytes;
  }
  std::string write(const Value& record) override {
    std::string bytes = call([&] { return inner().write(record); });
    require(fault_of_bytes("write", bytes, facts_));
    return bytes;
  }

 private:
  const SinkFacts facts_;
};

class GuardedReward final : public Guarded<Reward> {
 public:
  GuardedReward(std::shared_ptr<Reward> reward, std::string plugin, RewardFacts facts)
      : Guarded(std::move(reward), std::move(plugin)), facts_(std::move(facts)) {}

  double of(const Completion& completion) const override {
    const double reward = call([&] { return inner().of(completion); });
    require(fault_of_reward(reward, facts_));
    return reward;
  }

 private:
  const RewardFacts facts_;
};

class GuardedModel final : public Guarded<Model> {
 public:
  GuardedModel(std::shared_ptr<Model> model, std::string plugin, int64_t vocabulary, int64_t width)
      : Guarded(std::move(model), std::move(plugin)), vocabulary_(vocabulary), width_(width) {}

  torch::Tensor blocks(const ForwardContext& forward, const torch::Tensor& tokens) const override {
    torch::Tensor x = call([&] { return inner().blocks(forward, tokens); });
    require(fault_of_states("blocks", x, tokens.size(0), tokens.size(1), width_));
    return x;
  }
  torch::Tensor final_norm(const ForwardContext& forward, const torch::Tensor& x) const override {
    torch::Tensor hidden = call([&] { return inner().final_norm(forward, x); });
    require(fault_of_states("final_norm", hidden, x.size(0), x.size(1), width_));
    return hidden;
  }
  Head head() const override {
    Head head = call([&] { return inner().head(); });
    require(fault_of(head, vocabulary_, width_));
    return head;
  }

 private:
  const int64_t vocabulary_;
  const int64_t width_;
};

}  // namespace

std::shared_ptr<Task> with_guard(std::shared_ptr<Task> task, std::string plugin, RowLimits limits) {
  return std::make_shared<GuardedTask>(std::move(task), std::move(plugin), limits);
}

std::shared_ptr<Objective> with_guard(std::shared_ptr<Objective> objective, std::string plugin,
                                      ObjectiveFacts facts) {
  return std::make_shared<GuardedObjective>(std::move(objective), std::move(plugin),
                                            std::move(facts));
}

std::shared_ptr<Probe> with_guard(std::shared_ptr<Probe> probe, std::string plugin,
                                  ProbeFacts facts) {
  return std::make_shared<GuardedProbe>(std::move(probe), std::move(plugin), std::move(facts));
}

std::shared_ptr<Freezing> with_guard(std::shared_ptr<Freezing> freezing, std::string plugin) {
  return std::make_shared<GuardedFreezing>(std::move(freezing), std::move(plugin));
}

std::shared_ptr<Schedule> with_guard(std::shared_ptr<Schedule> schedule, std::string plugin) {
  return std::make_shared<GuardedSchedule>(std::move(schedule), std::move(plugin));
}

std::shared_ptr<Optimizer> with_guard(std::shared_ptr<Optimizer> optimizer, std::string plugin) {
  return std::make_shared<GuardedOptimizer>(std::move(optimizer), std::move(plugin));
}

std::shared_ptr<Sink> with_guard(std::shared_ptr<Sink> sink, std::string plugin, SinkFacts facts) {
  return std::make_shared<GuardedSink>(std::move(sink), std::move(plugin), std::move(facts));
}

std::shared_ptr<Reward> with_guard(std::shared_ptr<Reward> reward, std::string plugin,
                                   RewardFacts facts) {
  return std::make_shared<GuardedReward>(std::move(reward), std::move(plugin), std::move(facts));
}

std::shared_ptr<Model> with_guard(std::shared_ptr<Model> model, std::string plugin,
                                  int64_t vocabulary, int64_t width) {
  return std::make_shared<GuardedModel>(std::move(model), std::move(plugin), vocabulary, width);
}

}  // namespace leakprobe
