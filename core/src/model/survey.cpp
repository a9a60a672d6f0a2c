#include "model/survey.h"

#include <utility>

#include "leakprobe/error.h"
#include "model/builders.h"
#include "plugin/guard.h"

namespace leakprobe {
namespace {

void make_of_nothing(const Registration& architecture, const void* options,
                     SurveyBuilder& builder) {
  LEAKPROBE_CHECK(architecture.model.has_value(), "the architecture is no model");
  guarded(plugin_text(Kind::model, architecture.name),
          [&] { architecture.model->make(options, builder); });
}

}  // namespace

std::vector<ParameterInfo> survey_parameters(const Registration& architecture, const void* options,
                                             int64_t vocab_size) {
  SurveyBuilder builder(vocab_size);
  make_of_nothing(architecture, options, builder);
  std::vector<ParameterInfo> infos;
  for (ModelParameter& parameter : builder.take()) infos.push_back(std::move(parameter.info));
  return infos;
}

std::optional<ParameterSpec> require_weights(const Registration& architecture, const void* options,
                                             int64_t vocab_size, const TensorSource& weights,
                                             bool gguf) {
  WeightMatch match(weights, gguf);
  SurveyBuilder builder(vocab_size, &match);
  make_of_nothing(architecture, options, builder);
  match.finish();
  return builder.tied();
}

}  // namespace leakprobe
