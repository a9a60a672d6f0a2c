#include "host/parameter_survey.h"

#include <torch/types.h>

#include "leakprobe/error.h"
#include "model/builders.h"
#include "plugin/guard.h"

namespace leakprobe {
namespace {

class SurveyBuilder final : public CollectingBuilder {
 public:
  using CollectingBuilder::CollectingBuilder;

 private:
  torch::Tensor make(const ParameterSpec& spec, size_t /*number*/) override {
    return torch::empty(spec.info.shape,
                        torch::TensorOptions().dtype(torch::kFloat32).device(torch::kMeta));
  }
};

}  // namespace

std::vector<ParameterInfo> survey_parameters(const Composition& composition,
                                             const Registry& registry) {
  const ModelSource& source = composition.model;
  if (source.vocab_size == 0) return {};
  const Registration* registration = registry.find(Kind::model, source.model->type);
  LEAKPROBE_CHECK(registration && registration->model, "a composed model is not registered");
  SurveyBuilder builder(source.vocab_size);
  guarded(CallSite{plugin_text(Kind::model, source.model->type, source.model->path), {}, {}},
          [&] { registration->model->make(source.model->options.get(), builder); });
  std::vector<ParameterInfo> infos;
  for (ModelParameter& parameter : builder.take()) infos.push_back(std::move(parameter.info));
  return infos;
}

}  // namespace leakprobe
