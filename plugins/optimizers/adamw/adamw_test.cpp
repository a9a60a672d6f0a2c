#include "adamw.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

/// Numbers in [-1, 1) that look irregular and are the same everywhere.
torch::Tensor numbers(int64_t count, int64_t salt) {
  torch::Tensor result = torch::empty({count});
  for (int64_t i = 0; i < count; ++i) {
    result.data_ptr<float>()[i] =
        static_cast<float>((i * 7919 + salt * 104729) % 1000) / 500.f - 1.f;
  }
  return result;
}

std::vector<Trained> two_parameters() {
  return {{"a", numbers(257, 1).reshape({257, 1}), {}}, {"b", numbers(5, 2), {}}};
}

void set_gradients(std::vector<Trained>& parameters, int64_t step) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const torch::Tensor& value = parameters[i].value;
    parameters[i].gradient =
        numbers(value.numel(), 10 * step + static_cast<int64_t>(i)).reshape(value.sizes());
  }
}

/// torch.optim.AdamW written down in double precision.
struct Reference {
  torch::Tensor value, first, second;
  explicit Reference(const torch::Tensor& start)
      : value(start.to(torch::kFloat64).clone()),
        first(torch::zeros_like(value)),
        second(torch::zeros_like(value)) {}
  void step(int64_t t, double rate, const torch::Tensor& gradient, double decay) {
    const torch::Tensor g = gradient.to(torch::kFloat64);
    value = value * (1 - rate * decay);
    first = 0.9 * first + 0.1 * g;
    second = 0.999 * second + 0.001 * g * g;
    const torch::Tensor mean = first / (1 - std::pow(0.9, t));
    const torch::Tensor square = second / (1 - std::pow(0.999, t));
    value = value - rate * mean / (square.sqrt() + 1e-8);
  }
};

TEST(AdamW, FollowsTheReferenceFormulaOverTenSteps) {
  const kit::TestContext context;
  AdamW optimizer({}, context);
  std::vector<Trained> parameters = two_parameters();
  std::vector<Reference> references;
  for (const Trained& parameter : parameters) references.emplace_back(parameter.value);
  for (int64_t step = 0; step < 10; ++step) {
    set_gradients(parameters, step);
    const double rate = 1e-2 * static_cast<double>(step);
    const double scale = step % 2 ? 1.0 : 0.25;
    optimizer.step(parameters, rate, scale);
    for (size_t i = 0; i < parameters.size(); ++i) {
      references[i].step(step + 1, rate, parameters[i].gradient * scale, 0.01);
      EXPECT_TRUE(
          torch::allclose(parameters[i].value.to(torch::kFloat64), references[i].value, 0, 2e-6))
          << "step " << step;
    }
  }
}

TEST(AdamW, DoesNotDependOnTheNumberOfThreads) {
  const int before = at::get_num_threads();
  std::vector<torch::Tensor> values;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    AdamW optimizer({}, kit::TestContext());
    std::vector<Trained> parameters = {{"a", numbers(100003, 1), numbers(100003, 2)}};
    optimizer.step(parameters, 1e-2, 0.3);
    values.push_back(parameters[0].value);
  }
  at::set_num_threads(before);
  EXPECT_TRUE(torch::equal(values[0], values[1]));
  EXPECT_TRUE(torch::equal(values[0], values[2]));
}

TEST(AdamW, TakesParametersInAnotherLayoutThanTheirGradients) {
  const torch::Tensor start = numbers(12, 1).reshape({3, 4}),
                      slope = numbers(12, 2).reshape({3, 4});
  std::vector<Trained> plain = {{"a", start.clone(), slope.clone()}};
  std::vector<Trained> turned = {{"a", start.t().contiguous().t(), slope.clone()}};
  AdamW one({}, kit::TestContext()), other({}, kit::TestContext());
  one.step(plain, 1e-2, 0.5);
  other.step(turned, 1e-2, 0.5);
  EXPECT_TRUE(torch::equal(plain[0].value, turned[0].value));
}

TEST(AdamW, EveryDeviceFollowsTheCpu) {
  for (const torch::Device device : kit::devices()) {
    const kit::TestContext context(nullptr, 0, device);
    AdamW here({}, kit::TestContext()), there({}, context);
    std::vector<Trained> parameters = two_parameters(), copies = two_parameters();
    for (Trained& copy : copies) copy.value = copy.value.to(device);
    for (int64_t step = 0; step < 10; ++step) {
      set_gradients(parameters, step);
      set_gradients(copies, step);
      for (Trained& copy : copies) copy.gradient = copy.gradient.to(device);
      const torch::Tensor before = copies[0].gradient.clone();
      here.step(parameters, 1e-2, step % 2 ? 1.0 : 0.25);
      there.step(copies, 1e-2, step % 2 ? 1.0 : 0.25);
      EXPECT_TRUE(torch::equal(copies[0].gradient, before)) << "gradients are not its own";
      for (size_t i = 0; i < parameters.size(); ++i) {
        EXPECT_TRUE(torch::allclose(copies[i].value.cpu(), parameters[i].value, 1e-5, 1e-6))
            << device << ", step " << step;
      }
    }
  }
}

TEST(AdamW, LeavesGradientsAlone) {
  AdamW optimizer({}, kit::TestContext());
  std::vector<Trained> parameters = two_parameters();
  set_gradients(parameters, 0);
  const torch::Tensor before = parameters[0].gradient.clone();
  optimizer.step(parameters, 1e-3, 0.1);
  EXPECT_TRUE(torch::equal(parameters[0].gradient, before));
}

TEST(AdamW, GoesOnFromARestoredStateBitForBit) {
  const kit::TestContext context;
  AdamW optimizer({}, context);
  std::vector<Trained> parameters = two_parameters();
  for (int64_t step = 0; step < 3; ++step) {
    set_gradients(parameters, step);
    optimizer.step(parameters, 1e-3, 1.0);
  }
  AdamW other({}, context);
  other.restore(optimizer.state());
  std::vector<Trained> copies = parameters;
  for (Trained& copy : copies) copy.value = copy.value.clone();
  for (int64_t step = 3; step < 6; ++step) {
    set_gradients(parameters, step);
    set_gradients(copies, step);
    optimizer.step(parameters, 1e-3, 1.0);
    other.step(copies, 1e-3, 1.0);
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    EXPECT_TRUE(torch::equal(parameters[i].value, copies[i].value));
  }
  const auto state = optimizer.state(), other_state = other.state();
  ASSERT_EQ(state.size(), other_state.size());
  for (size_t i = 0; i < state.size(); ++i) {
    EXPECT_EQ(state[i].first, other_state[i].first);
    EXPECT_TRUE(torch::equal(state[i].second, other_state[i].second));
  }
}

TEST(AdamW, RefusesAStateWithoutCountOrMoments) {
  AdamW optimizer({}, kit::TestContext());
  EXPECT_THROW(optimizer.restore({}), Error);
  EXPECT_THROW(optimizer.restore({{"steps", torch::scalar_tensor(int64_t{1}, torch::kInt64)},
                                  {"exp_avg/a", torch::zeros({2})}}),
               Error);
}

TEST(AdamW, DecaysWeightsEvenWithoutGradient) {
  AdamW optimizer({}, kit::TestContext());
  std::vector<Trained> parameters = {{"a", torch::ones({4}), torch::zeros({4})}};
  optimizer.step(parameters, 0.1, 1.0);
  EXPECT_TRUE(torch::allclose(parameters[0].value, torch::full({4}, 0.999f)));
}

TEST(AdamW, NeverClipsAtZero) {
  AdamW::Options options;
  EXPECT_EQ(AdamW(options, kit::TestContext()).clip_norm(), 1.0);
  options.clip = 0;
  EXPECT_EQ(AdamW(options, kit::TestContext()).clip_norm(),
            std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace leakprobe
