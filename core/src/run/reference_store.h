#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/origin.h"
#include "leakprobe/tensors.h"
#include "leakprobe/value.h"
#include "model/compute.h"
#include "model/loaded_model.h"
#include "run/reference.h"
#include "run/run_state.h"

namespace leakprobe {

/// The reference models of a run, one an origin, shared by all terms and phases that name it.
class ReferenceStore {
 public:
  /// Makes a model with the weights that an origin names.
  using ModelAt = std::function<std::shared_ptr<LoadedModel>(const Origin&)>;
  /// `origins` are all that will be asked for, in an order that is the run's own.
  ReferenceStore(std::vector<Origin> origins, ModelAt model_at, Compute compute,
                 torch::Device device)
      : origins_(std::move(origins)),
        model_at_(std::move(model_at)),
        compute_(compute),
        device_(device) {}

  std::shared_ptr<Reference> at(const Origin& origin);
  /// Lets the models go, which later phases often need no more: the values are kept, and a model is
  /// made again when a value is missing.
  void release_models();

  /// Adds the kept values to `tensors`, as "reference/<number>/..."; the numbers, which origins
  /// have by their order: where another run lies may change.
  Value save(NamedTensors& tensors) const;
  /// What `save` gave, and the state that holds the tensors. Throws Error where it is damaged.
  void restore(const JsonValue& numbers, const SavedState& state);

 private:
  std::vector<Origin> origins_;
  ModelAt model_at_;
  Compute compute_;
  torch::Device device_;
  struct Scorer;
  struct Entry {
    std::shared_ptr<Scorer> scorer;
    std::shared_ptr<Reference> reference;
  };
  std::map<size_t, Entry> entries_;  ///< by the origin's number
};

}  // namespace leakprobe
