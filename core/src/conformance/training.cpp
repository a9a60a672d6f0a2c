#include <ATen/ATen.h>

#include <cmath>

#include "conformance/inputs.h"
#include "conformance/laws.h"
#include "leakprobe/kit/test_context.h"
#include "plugin/contract.h"

namespace leakprobe {
namespace {
namespace freezing_laws {

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

constexpr int64_t kBlocks = 4;

void ask(Freezing& freezing, Answers& answers) {
  for (const bool tied : {false, true}) {
    std::string bits;
    for (const bool trained : freezing.trainable(parameters(kBlocks, tied), kBlocks)) {
      bits += trained ? '1' : '0';
    }
    answers.add(tied ? "trainable of a model with a tied head" : "trainable", bits);
  }
}

void covers(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  const auto freezing = subject.make<Freezing>(context);
  for (const bool tied : {false, true}) {
    const std::vector<ParameterInfo> list = parameters(kBlocks, tied);
    findings.expect_none(fault_of_trainable(freezing->trainable(list, kBlocks), list.size()));
  }
}

}  // namespace freezing_laws

namespace schedule_laws {

constexpr int64_t kLengths[] = {1, 2, 10, 1000};

void ask(Schedule& schedule, Answers& answers) {
  for (const int64_t steps : kLengths) {
    for (int64_t step = 0; step < steps; ++step) {
      answers.add("factor at step " + std::to_string(step) + " of " + std::to_string(steps),
                  schedule.factor(step, steps));
    }
  }
}

void factors(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  const auto schedule = subject.make<Schedule>(context);
  for (const int64_t steps : kLengths) {
    for (int64_t step = 0; step < steps; ++step) {
      const std::string fault = fault_of_factor(schedule->factor(step, steps));
      if (!findings.expect(fault.empty(), fault + ", at step " + std::to_string(step) + " of " +
                                              std::to_string(steps))) {
        return;
      }
    }
  }
}

}  // namespace schedule_laws

namespace optimizer_laws {

constexpr const char* kHeader = "leakprobe/optimizer.h";
constexpr double kRate = 1e-2;

std::vector<Trained> trained() {
  return {{"a", irregular({33, 7}, 1, -1, 1), {}}, {"b", irregular({5}, 2, -1, 1), {}}};
}

void set_gradients(std::vector<Trained>& parameters, uint64_t step) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].gradient = irregular(parameters[i].value.sizes(), 10 * step + i, -1, 1);
  }
}

/// Takes steps `from` to `to` - 1.
void take_steps(Optimizer& optimizer, std::vector<Trained>& parameters, uint64_t from, uint64_t to,
                double scale = 1.0) {
  for (uint64_t step = from; step < to; ++step) {
    set_gradients(parameters, step);
    optimizer.step(parameters, kRate, scale);
  }
}

void ask(Optimizer& optimizer, Answers& answers) {
  answers.add("learning_rate", optimizer.learning_rate());
  answers.add("clip_norm", optimizer.clip_norm());
  std::vector<Trained> parameters = trained();
  take_steps(optimizer, parameters, 0, 3, 0.5);
  for (const Trained& parameter : parameters) {
    answers.add("step: parameter " + parameter.name, parameter.value);
  }
  for (const auto& [name, tensor] : optimizer.state()) answers.add("state: " + name, tensor);
}

void rates(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  const auto optimizer = subject.make<Optimizer>(context);
  findings.expect_none(fault_of_rate(optimizer->learning_rate()));
  findings.expect_none(fault_of_clip_norm(optimizer->clip_norm()));
}

void finite(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  const auto optimizer = subject.make<Optimizer>(context);
  std::vector<Trained> parameters = trained();
  const auto step_without_slope = [&] {
    for (Trained& parameter : parameters) parameter.gradient = at::zeros_like(parameter.value);
    optimizer->step(parameters, kRate, 1.0);
  };
  step_without_slope();
  take_steps(*optimizer, parameters, 0, 2);
  step_without_slope();
  for (const Trained& parameter : parameters) {
    findings.expect(parameter.value.isfinite().all().item<bool>(),
                    "step: parameter " + parameter.name + " is not finite");
  }
}

/// Frozen parameters lie beside those that are trained, which may be a part of a larger tensor.
void moves_what_it_is_given(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  const auto optimizer = subject.make<Optimizer>(context);
  std::vector<torch::Tensor> whole;
  std::vector<Trained> parameters = trained();
  for (Trained& parameter : parameters) {
    whole.push_back(
        irregular({parameter.value.size(0) + 2, parameter.value.numel() / parameter.value.size(0)},
                  7, -1, 1));
    const torch::Tensor own = whole.back().narrow(0, 1, parameter.value.size(0));
    parameter.value = own.reshape(parameter.value.sizes());
  }
  const auto beside = [&] {
    std::vector<torch::Tensor> edges;
    for (const torch::Tensor& tensor : whole) {
      edges.push_back(at::stack({tensor[0], tensor[-1]}).clone());
    }
    return edges;
  };
  const std::vector<torch::Tensor> before = beside();
  for (uint64_t step = 0; step < 3; ++step) {
    set_gradients(parameters, step);
    std::vector<torch::Tensor> gradients;
    for (const Trained& parameter : parameters) gradients.push_back(parameter.gradient.clone());
    optimizer->step(parameters, kRate, 0.5);
    for (size_t i = 0; i < parameters.size(); ++i) {
      if (!findings.expect(at::equal(gradients[i], parameters[i].gradient),
                           "step: changes the gradients")) {
        return;
      }
      // They are the engine's, which reuses their memory.
      parameters[i].gradient.fill_(1e6);
    }
  }
  const std::vector<torch::Tensor> after = beside();
  for (size_t i = 0; i < whole.size(); ++i) {
    findings.expect(
        at::equal(before[i], after[i]),
        "step: changes what lies beside parameter " + parameters[i].name + ", which may be frozen");
  }

  const auto other = subject.make<Optimizer>(context);
  std::vector<Trained> copies = trained();
  for (Trained& copy : copies) {
    const size_t i = static_cast<size_t>(&copy - copies.data());
    copy.value = irregular(whole[i].sizes(), 7, -1, 1)
                     .narrow(0, 1, copy.value.size(0))
                     .reshape(copy.value.sizes())
                     .clone();
  }
  take_steps(*other, copies, 0, 3, 0.5);
  for (size_t i = 0; i < copies.size(); ++i) {
    findings.expect(at::allclose(copies[i].value, parameters[i].value, 1e-5, 1e-6),
                    "step: parameter " + copies[i].name +
                        " depends on gradients of steps before, which the engine overwrites: keep "
                        "no tensor that it gave");
  }
}

void scales(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  const auto one = subject.make<Optimizer>(context), other = subject.make<Optimizer>(context);
  std::vector<Trained> parameters = trained(), copies = trained();
  for (uint64_t step = 0; step < 3; ++step) {
    set_gradients(parameters, step);
    set_gradients(copies, step);
    for (Trained& copy : copies) copy.gradient.mul_(0.25);
    one->step(parameters, kRate, 0.25);
    other->step(copies, kRate, 1.0);
  }
  for (size_t i = 0; i < copies.size(); ++i) {
    findings.expect(at::allclose(parameters[i].value, copies[i].value, 1e-4, 1e-6),
                    "step: gradients of a quarter, and gradients that count a quarter times, move "
                    "parameter " +
                        copies[i].name + " differently");
  }
}

void state_size(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  const auto optimizer = subject.make<Optimizer>(context);
  std::vector<Trained> parameters = trained();
  take_steps(*optimizer, parameters, 0, 3);
  const auto& facts = subject.facts_as<OptimizerFacts>();
  int64_t numbers = 0, kept = 0;
  for (const Trained& parameter : parameters) numbers += parameter.value.numel();
  for (const auto& [name, tensor] : optimizer->state()) {
    if (tensor.numel() > 1) kept += tensor.numel();
  }
  findings.expect(kept <= facts.state_per_parameter * numbers,
                  "facts: state_per_parameter is " + std::to_string(facts.state_per_parameter) +
                      ", and " + std::to_string(kept) + " numbers are kept for " +
                      std::to_string(numbers));
}

void goes_on(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  const auto optimizer = subject.make<Optimizer>(context);
  std::vector<Trained> live = trained();
  take_steps(*optimizer, live, 0, 3);
  const auto other = subject.make<Optimizer>(context);
  other->restore(optimizer->state());
  std::vector<Trained> copies = live;
  for (Trained& copy : copies) copy.value = copy.value.clone();
  take_steps(*optimizer, live, 3, 5);
  take_steps(*other, copies, 3, 5);
  for (size_t i = 0; i < live.size(); ++i) {
    findings.expect(at::equal(live[i].value, copies[i].value),
                    "restore: steps after it are not those without an interruption, bit for bit, "
                    "for parameter " +
                        live[i].name);
  }
}

}  // namespace optimizer_laws
}  // namespace

KindKit freezing_kit() {
  return {{{{"covers", "trainable gives one answer for each parameter, in their order.",
             "leakprobe/freezing.h"},
            freezing_laws::covers}},
          [](const Subject& subject) { return interview<Freezing>(subject, freezing_laws::ask); }};
}

KindKit schedule_kit() {
  return {{{{"factors", "The factor is a finite number of at least 0 at every step of any phase.",
             "leakprobe/schedule.h"},
            schedule_laws::factors}},
          [](const Subject& subject) { return interview<Schedule>(subject, schedule_laws::ask); }};
}

KindKit optimizer_kit() {
  using namespace optimizer_laws;
  return {
      {{{"rates",
         "The learning rate is a finite number of at least 0, and the norm to which gradients "
         "are scaled down is above 0.",
         kHeader},
        rates},
       {{"finite", "Steps with finite gradients, be they all 0, leave parameters finite.", kHeader},
        finite},
       {{"nothing_frozen_moves",
         "A step changes the parameters that it is given and nothing else: neither gradients, "
         "of which it keeps none, nor what lies beside in memory.",
         kHeader},
        moves_what_it_is_given},
       {{"scales", "Gradients count gradient_scale times.", kHeader}, scales},
       {{"state_size",
         "It keeps no more numbers from step to step than its facts say (state_per_parameter).",
         kHeader},
        state_size},
       {{"goes_on",
         "A new instance with the state of another takes the same steps as that one, bit for "
         "bit.",
         kHeader},
        goes_on}},
      [](const Subject& subject) {
        Interview talk = interview<Optimizer>(subject, optimizer_laws::ask);
        talk.keeps_state = true;
        return talk;
      }};
}

}  // namespace leakprobe
