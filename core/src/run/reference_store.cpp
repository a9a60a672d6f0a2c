#include "run/reference_store.h"

#include "model/forward.h"
#include "run/scoring.h"

namespace leakprobe {

/// A reference model, made when a value is first missing: after a resume often never.
struct ReferenceStore::Scorer {
  std::shared_ptr<LoadedModel> model;
  std::unique_ptr<Forward> forward;
};

std::shared_ptr<Reference> ReferenceStore::at(const Origin& origin) {
  Entry& entry = entries_[origin.run + ":" + origin.phase];
  if (!entry.reference) {
    entry.scorer = std::make_shared<Scorer>();
    entry.reference = std::make_shared<Reference>(
        [this, origin, scorer = entry.scorer](const std::vector<const Row*>& rows) {
          if (!scorer->model) {
            scorer->model = model_at_(origin);
            scorer->forward = std::make_unique<Forward>(compute_);
          }
          return score(scorer->model->model(), *scorer->forward, device_, rows);
        });
  }
  return entry.reference;
}

void ReferenceStore::release_models() {
  for (const auto& [origin, entry] : entries_) *entry.scorer = {};
}

Value ReferenceStore::save(NamedTensors& tensors) const {
  Value origins = Value::list();
  for (const auto& [origin, entry] : entries_) {
    const auto [keys, values] = entry.reference->state();
    const std::string name = "reference/" + std::to_string(origins.as_list().size());
    tensors.emplace_back(name + "/keys", keys);
    tensors.emplace_back(name + "/values", values);
    origins.push_back(origin);
  }
  return origins;
}

void ReferenceStore::restore(const Value& origins,
                             const std::function<NamedTensors(const std::string&)>& stored) {
  for (size_t r = 0; r < origins.as_list().size(); ++r) {
    const std::string& key = origins.as_list()[r].as_string();
    const size_t colon = key.rfind(':');
    const NamedTensors tensors = stored("reference/" + std::to_string(r));
    at({key.substr(colon + 1), key.substr(0, colon)})
        ->restore(tensors.at(0).second, tensors.at(1).second);
  }
}

}  // namespace leakprobe
