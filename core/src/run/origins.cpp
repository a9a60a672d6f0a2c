#include "run/origins.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "instances/load_model.h"
#include "leakprobe/error.h"
#include "model/survey.h"
#include "run/weight_store.h"
#include "tokenizer/difference.h"

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
      require_fit(open_run_weights(origin));
      if (check_tokens(origin, path)) sound_.push_back(origin);
    } catch (const Error& unfit) {
      diagnostics_.error(origin.place, path, unfit.what());
    }
  }

  std::vector<WeightsRef> sound() && { return std::move(sound_); }

 private:
  void require_fit(const WeightFiles& weights) const {
    const ModelSource& model = composition_.model;
    if (model.vocab_size == 0) return;  // the model is missing
    require_weights(registry_.at(Kind::model, model.model->type), model.model->options.get(),
                    model.vocab_size, weights, false);
    if (read_ == WeightsRead::all) require_finite(weights);
  }

  /// Token ids have to stand for the same there and here: for the model, and so that rows can be
  /// compared.
  bool check_tokens(const WeightsRef& origin, const std::string& path) {
    if (composition_.model.vocab_size == 0 || !take_tokenizer()) return true;
    const std::string difference =
        difference_between(load_run_tokenizer(origin).get(), tokenizer_.get());
    if (difference.empty()) return true;
    const std::string folder = origin.run + "/checkpoints/" + origin.phase;
    diagnostics_.error(origin.place, path,
                       folder + ": its weights were trained with another tokenizer: " + difference,
                       "take that one, with model.tokenizer: " + folder +
                           ", or weights that were trained with this one");
    return false;
  }

  /// False where it cannot be read, which is a mistake of the experiment's own and said there.
  bool take_tokenizer() {
    if (!tried_) {
      tried_ = true;
      try {
        tokenizer_ = load_tokenizer_of(composition_, registry_);
        is_known_ = true;
      } catch (const Error&) {
      }
    }
    return is_known_;
  }

  const Composition& composition_;
  const Registry& registry_;
  const WeightsRead read_;
  bool tried_ = false, is_known_ = false;
  std::shared_ptr<const Tokenizer> tokenizer_;  ///< where it is known
  Diagnostics& diagnostics_;
  std::vector<WeightsRef> checked_, sound_;
};

}  // namespace

std::vector<WeightsRef> check_origins(const Composition& composition, const Registry& registry,
                                      WeightsRead read, Diagnostics& diagnostics) {
  OriginCheck origins(composition, registry, read, diagnostics);
  for (const ComposedPhase& phase : composition.phases) {
    origins.check(phase.from, child_path(phase.path, "from"));
    for (const ComposedTerm& term : phase.terms) {
      for (const auto& [origin, path] : weights_read_by(phase, term)) origins.check(origin, path);
    }
  }
  return std::move(origins).sound();
}

}  // namespace leakprobe
