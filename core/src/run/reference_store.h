#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "leakprobe/origin.h"
#include "leakprobe/tensors.h"
#include "leakprobe/value.h"
#include "model/compute.h"
#include "model/loaded_model.h"
#include "run/reference.h"

namespace leakprobe {

/// The reference models of a run, one an origin, shared by all terms and phases that name it.
class ReferenceStore {
 public:
  /// Makes a model with the weights that an origin names.
  using ModelAt = std::function<std::shared_ptr<LoadedModel>(const Origin&)>;
  ReferenceStore(ModelAt model_at, Compute compute, torch::Device device)
      : model_at_(std::move(model_at)), compute_(compute), device_(device) {}

  std::shared_ptr<Reference> at(const Origin& origin);
  /// Lets the models go, which later phases often need no more: the values are kept, and a model is
  /// made again when a value is missing.
  void release_models();

  /// Adds the kept values to `tensors`, as "reference/<number>/..."; which origin each number is.
  Value save(NamedTensors& tensors) const;
  /// `stored` gives the tensors under a prefix.
  void restore(const Value& origins, const std::function<NamedTensors(const std::string&)>& stored);

 private:
  ModelAt model_at_;
  Compute compute_;
  torch::Device device_;
  struct Scorer;
  struct Entry {
    std::shared_ptr<Scorer> scorer;
    std::shared_ptr<Reference> reference;
  };
  std::map<std::string, Entry> entries_;  ///< by "<run>:<phase>"
};

}  // namespace leakprobe
