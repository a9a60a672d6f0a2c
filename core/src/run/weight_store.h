#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "model/loaded_model.h"

namespace leakprobe {

/// The weights that phases left, as long as a later phase starts from them or compares with them.
class WeightStore {
 public:
  explicit WeightStore(const Composition& composition) : composition_(composition) {}

  /// Keeps the model's weights as those of `origin` ("initial" or a phase) where a phase from
  /// number `next` on needs them; forgets what no such phase needs.
  void keep(const std::string& origin, size_t next, const LoadedModel& model);
  const WeightSnapshot& at(const std::string& origin) const;
  const std::map<std::string, WeightSnapshot>& all() const { return kept_; }
  void put(std::string origin, WeightSnapshot weights) {
    kept_.insert_or_assign(std::move(origin), std::move(weights));
  }

 private:
  const Composition& composition_;
  std::map<std::string, WeightSnapshot> kept_;
};

/// Whether a phase from number `next` on starts from the weights of `origin` ("initial" or a phase)
/// or compares with them.
bool needs_weights(const Composition& composition, const std::string& origin, size_t next);

/// Weights that a term scores rows with, and where the experiment names them.
struct ReadWeights {
  WeightsRef origin;
  std::string path;
};
/// Of a term its objective's reference and its reward's model, as far as they have one.
std::vector<ReadWeights> weights_read_by(const ComposedPhase& phase, const ComposedTerm& term);

/// What terms compare with, each once, in the order of phases and terms.
std::vector<WeightsRef> reference_weights(const Composition& composition);

/// The origin of a term's reference: its own, or where its phase starts.
const WeightsRef& reference_of(const ComposedPhase& phase, const ComposedTerm& term);

}  // namespace leakprobe
