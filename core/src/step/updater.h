#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "leakprobe/optimizer.h"
#include "leakprobe/schedule.h"
#include "leakprobe/tensors.h"

namespace leakprobe {

/// Changes the trained parameters of a phase: optimizer, schedule and clipping.
class Updater {
 public:
  /// `trained` are the parameters that the freezing policy left; `phase` outlives the object.
  Updater(const ComposedPhase& phase, std::vector<Trained> trained,
          std::shared_ptr<Optimizer> optimizer, std::shared_ptr<const Schedule> schedule)
      : phase_(phase),
        trained_(std::move(trained)),
        optimizer_(std::move(optimizer)),
        schedule_(std::move(schedule)) {}

  const std::vector<Trained>& trained() const { return trained_; }

  /// The learning rate of `step`. Throws Error where it is not finite.
  double rate(int64_t step) const;
  /// Takes the gradients, and gives their norm. Throws Error where a parameter has none.
  double take_gradients();
  /// Lets gradients go, taken or not.
  void drop_gradients();
  /// One update by the gradients taken, whose norm is `norm`.
  void update(double rate, double norm);

  NamedTensors state() const { return optimizer_->state(); }
  void restore(const NamedTensors& state) { optimizer_->restore(state); }

 private:
  const ComposedPhase& phase_;
  std::vector<Trained> trained_;
  std::shared_ptr<Optimizer> optimizer_;
  std::shared_ptr<const Schedule> schedule_;
};

}  // namespace leakprobe
