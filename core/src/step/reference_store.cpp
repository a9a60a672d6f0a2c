#include "step/reference_store.h"

#include <algorithm>

#include "leakprobe/error.h"
#include "step/scoring.h"

namespace leakprobe {

std::shared_ptr<Reference> ReferenceStore::at(const WeightsRef& origin) {
  const auto known = std::find(origins_.begin(), origins_.end(), origin);
  LEAKPROBE_CHECK(known != origins_.end(), "an undeclared reference '" + origin.phase + "'");
  Entry& entry = entries_[static_cast<size_t>(known - origins_.begin())];
  if (!entry.reference) {
    entry.policy = std::make_shared<std::unique_ptr<Policy>>();
    entry.reference =
        std::make_shared<Reference>([this, origin, policy = entry.policy](
                                        const std::vector<const Row*>& rows, double temperature) {
          if (!*policy) *policy = policy_at_(origin);
          return score(**policy, rows, temperature);
        });
  }
  return entry.reference;
}

void ReferenceStore::release_models() {
  for (const auto& [origin, entry] : entries_) entry.policy->reset();
}

std::vector<int64_t> ReferenceStore::save(NamedTensors& tensors) const {
  std::vector<int64_t> numbers;
  for (const auto& [number, entry] : entries_) {
    const auto [keys, values] = entry.reference->state();
    const std::string name = "reference/" + std::to_string(number);
    tensors.emplace_back(name + "/keys", keys);
    tensors.emplace_back(name + "/values", values);
    numbers.push_back(static_cast<int64_t>(number));
  }
  return numbers;
}

void ReferenceStore::restore(const std::vector<int64_t>& numbers, const SavedState& state) {
  for (const int64_t number : numbers) {
    const NamedTensors tensors = state.under("reference/" + std::to_string(number));
    const bool known = number >= 0 && number < static_cast<int64_t>(origins_.size());
    if (!known || tensors.size() != 2 || tensors[0].first != "keys") {
      state.facts.fail("references", std::to_string(number) + " has no values");
    }
    at(origins_[static_cast<size_t>(number)])->restore(tensors[0].second, tensors[1].second);
  }
}

}  // namespace leakprobe
