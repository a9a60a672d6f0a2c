#include <set>

#include "conformance/findings.h"
#include "leakprobe/error.h"
#include "model/forward_context.h"
#include "plugin/contract.h"

namespace leakprobe {
namespace {

constexpr int64_t kVocabulary = 32;

class SeededBuilder final : public ModelBuilder {
 public:
  torch::Tensor parameter(const ParameterSpec& spec) override {
    specs.push_back(spec);
    return irregular(spec.info.shape, specs.size(), -0.05, 0.05) + spec.init.mean;
  }
  int64_t vocab_size() const override { return kVocabulary; }
  std::vector<ParameterSpec> specs;
};

void check_parameters(const std::vector<ParameterSpec>& specs, const ModelFacts& facts,
                      Findings& findings) {
  std::set<std::string> names;
  for (const ParameterSpec& spec : specs) {
    const ParameterInfo& info = spec.info;
    findings.expect(names.insert(info.name).second,
                    "parameter " + info.name + " is declared twice");
    findings.expect(-1 <= info.block && info.block < facts.blocks,
                    "parameter " + info.name + " is of a block that is not there");
  }
}

/// config.json may hold what the options leave to be derived, so it is the fixed point.
void check_config(const Subject& subject, Findings& findings) {
  const ModelRegistration& model = *subject.registration.model;
  const Value written = model.to_config(subject.options);
  Value config = written;
  config.set("vocab_size", kVocabulary);
  const FileOptions again =
      read_options(model.config_keys, *subject.registration.parameters, config, "config.json");
  findings.expect(to_json(model.to_config(again.options.get())) == to_json(written),
                  "config_keys: what to_config wrote becomes another config.json");
  for (const std::string& warning : again.warnings) {
    findings.expect(false, "config_keys: of what to_config wrote, " + warning);
  }
}

}  // namespace

void check_model(const Subject& subject, Findings& findings) {
  const auto facts = std::any_cast<ModelFacts>(subject.facts);
  findings.expect(facts.hidden_size > 0 && facts.blocks > 0 && facts.max_positions > 0,
                  "facts: a size is not above 0");
  std::set<std::string> shapes;
  for (const auto& shape : subject.registration.model->shapes) {
    findings.expect(shapes.insert(shape.name).second, "shape " + shape.name + " is there twice");
    findings.expect(shape.vocab_size > 0, "shape " + shape.name + " has no vocabulary");
  }
  check_config(subject, findings);

  const at::NoGradGuard no_gradients;
  SeededBuilder builder;
  const auto model = subject.registration.model->make(subject.options, builder);
  check_parameters(builder.specs, facts, findings);
  const Head head = model->head();
  findings.expect_none(fault_of(head, kVocabulary, facts.hidden_size));
  const torch::Tensor tokens = torch::arange(10).reshape({2, 5});
  const ForwardContext forward(Compute::float32);
  const torch::Tensor hidden = model->hidden(forward, tokens);
  if (!findings.expect_none(fault_of_states("hidden", hidden, 2, 5, facts.hidden_size))) return;
  findings.expect(hidden.isfinite().all().item<bool>(), "hidden: not finite");
  torch::Tensor changed = tokens.clone();
  changed.select(1, 4).fill_(31);
  const torch::Tensor other = model->hidden(forward, changed);
  findings.expect(torch::allclose(hidden.slice(1, 0, 4), other.slice(1, 0, 4), 1e-5, 1e-5),
                  "hidden: a token changes what stands before it");

  // The second row has its first three tokens from the first.
  const auto layout = c10::make_intrusive<RowLayout>(std::vector<RowPath>{{0, 5, 0}, {3, 5, 5}}, 2);
  const torch::Tensor apart = torch::tensor({{0, 1, 2, 3, 4}, {0, 1, 2, 8, 9}}, torch::kInt64);
  const torch::Tensor packed =
      model->hidden(ForwardContext(forward, layout),
                    apart.flatten().index_select(0, layout->places(torch::kCPU)).unsqueeze(0));
  findings.expect(
      torch::allclose(
          packed.squeeze(0),
          model->hidden(forward, apart).flatten(0, 1).index_select(0, layout->places(torch::kCPU)),
          1e-5, 1e-5),
      "hidden: takes something from the shape of tokens, but the engine packs rows");
}

}  // namespace leakprobe
