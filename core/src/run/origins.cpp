#include "run/origins.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "instances/load_model.h"
#include "leakprobe/error.h"
#include "model/survey.h"
#include "run/weight_store.h"

namespace leakprobe {
namespace {

void require_finite(const WeightFiles& weights) {
  for (const std::string& name : weights.names()) {
    if (weights.info(name).dtype.find('F') == std::string::npos) continue;  // a mask
    if (weights.read_f32(name).isfinite().all().item<bool>()) continue;
    throw Error(weights.source() + ": tensor '" + name +
                "' holds NaN or infinite numbers; its training diverged or the file is damaged: "
                "take another one");
  }
}

class OriginCheck {
 public:
  OriginCheck(const Composition& composition, const Registry& registry, WeightsRead read,
              Diagnostics& diagnostics)
      : composition_(composition), registry_(registry), read_(read), diagnostics_(diagnostics) {}

  void check(const WeightsRef& origin, const std::string& path) {
    if (origin.run.empty()) return;
    if (std::find(checked_.begin(), checked_.end(), origin) != checked_.end()) return;
    checked_.push_back(origin);
    try {
      const WeightFiles weights = open_run_weights(origin);
      const ModelSource& model = composition_.model;
      if (model.vocab_size == 0) return;  // the model is missing
      require_weights(registry_.at(Kind::model, model.model->type), model.model->options.get(),
                      model.vocab_size, weights, false);
      if (read_ == WeightsRead::all) require_finite(weights);
    } catch (const Error& unfit) {
      diagnostics_.error(origin.place, path, unfit.what());
    }
  }

 private:
  const Composition& composition_;
  const Registry& registry_;
  const WeightsRead read_;
  Diagnostics& diagnostics_;
  std::vector<WeightsRef> checked_;
};

}  // namespace

void check_origins(const Composition& composition, const Registry& registry, WeightsRead read,
                   Diagnostics& diagnostics) {
  OriginCheck origins(composition, registry, read, diagnostics);
  for (const ComposedPhase& phase : composition.phases) {
    origins.check(phase.from, child_path(phase.path, "from"));
    for (const ComposedTerm& term : phase.terms) {
      for (const auto& [origin, path] : weights_read_by(phase, term)) origins.check(origin, path);
    }
  }
}

}  // namespace leakprobe
