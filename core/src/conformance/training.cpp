#include "conformance/findings.h"
#include "leakprobe/testing/test_context.h"
#include "plugin/contract.h"

namespace leakprobe {
namespace {

std::vector<ParameterInfo> parameters(int64_t blocks, bool tied) {
  std::vector<ParameterInfo> list = {
      {"model.embed_tokens.weight", {32, 8}, -1, Part::embedding, tied ? "lm_head.weight" : ""}};
  for (int64_t i = 0; i < blocks; ++i) {
    const std::string block = "model.layers." + std::to_string(i);
    list.push_back({block + ".input_layernorm.weight", {8}, i, Part::norm, ""});
    list.push_back({block + ".attention.weight", {8, 8}, i, Part::attention, ""});
    list.push_back({block + ".mlp.weight", {8, 8}, i, Part::mlp, ""});
  }
  list.push_back({"model.norm.weight", {8}, -1, Part::final_norm, ""});
  if (!tied) list.push_back({"lm_head.weight", {32, 8}, -1, Part::head, ""});
  return list;
}

std::vector<Trained> trained() {
  return {{"a", irregular({33, 7}, 1, -1, 1), {}}, {"b", irregular({5}, 2, -1, 1), {}}};
}

void set_gradients(std::vector<Trained>& parameters, uint64_t step) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].gradient = irregular(parameters[i].value.sizes(), 10 * step + i, -1, 1);
  }
}

}  // namespace

void check_freezing(const Subject& subject, Findings& findings) {
  const testing::TestContext context;
  const auto freezing = subject.make<Freezing>(context);
  for (const bool tied : {false, true}) {
    const std::vector<ParameterInfo> list = parameters(4, tied);
    const std::vector<bool> first = freezing->trainable(list, 4);
    findings.expect_none(fault_of_trainable(first, list.size()));
    findings.expect(first == freezing->trainable(list, 4), "trainable: differs when asked again");
  }
}

void check_schedule(const Subject& subject, Findings& findings) {
  const testing::TestContext context;
  const auto schedule = subject.make<Schedule>(context);
  for (const int64_t steps : {1, 2, 10, 1000}) {
    for (int64_t step = 0; step < steps; ++step) {
      const std::string fault = fault_of_factor(schedule->factor(step, steps));
      if (!findings.expect(fault.empty(), fault + ", at step " + std::to_string(step) + " of " +
                                              std::to_string(steps))) {
        return;
      }
    }
  }
}

void check_optimizer(const Subject& subject, Findings& findings) {
  const testing::TestContext context;
  const auto optimizer = subject.make<Optimizer>(context);
  findings.expect_none(fault_of_rate(optimizer->learning_rate()));
  findings.expect_none(fault_of_clip_norm(optimizer->clip_norm()));

  std::vector<Trained> live = trained();
  for (uint64_t step = 0; step < 3; ++step) {
    set_gradients(live, step);
    const torch::Tensor before = live[0].gradient.clone();
    optimizer->step(live, 1e-2, 0.5);
    findings.expect(torch::equal(before, live[0].gradient), "step: changes the gradients");
  }
  findings.expect(live[0].value.isfinite().all().item<bool>(), "step: parameters are not finite");
  const auto& facts = std::any_cast<const OptimizerFacts&>(subject.facts);
  int64_t numbers = 0, kept = 0;
  for (const Trained& parameter : live) numbers += parameter.value.numel();
  for (const auto& [name, tensor] : optimizer->state()) {
    if (tensor.numel() > 1) kept += tensor.numel();
  }
  findings.expect(kept <= facts.state_per_parameter * numbers,
                  "facts: state_per_parameter is " + std::to_string(facts.state_per_parameter) +
                      ", and " + std::to_string(kept) + " numbers are kept for " +
                      std::to_string(numbers));

  const auto other = subject.make<Optimizer>(context);
  other->restore(optimizer->state());
  std::vector<Trained> copies = live;
  for (Trained& copy : copies) copy.value = copy.value.clone();
  for (uint64_t step = 3; step < 5; ++step) {
    set_gradients(live, step);
    set_gradients(copies, step);
    optimizer->step(live, 1e-2, 1.0);
    other->step(copies, 1e-2, 1.0);
  }
  for (size_t i = 0; i < live.size(); ++i) {
    findings.expect(torch::equal(live[i].value, copies[i].value),
                    "restore: steps after it are not those without an interruption, bit for bit");
  }
}

}  // namespace leakprobe
