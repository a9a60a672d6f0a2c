#include "step/updater.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "by_hand.h"
#include "saved.h"

namespace leakprobe {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// Keeps what it is called with.
class Keeping final : public Optimizer {
 public:
  double learning_rate() const override { return rate; }
  double clip_norm() const override { return clip; }
  void step(std::vector<Trained>& parameters, double used, double scale) override {
    calls.emplace_back(used, scale);
    gradients.clear();
    for (const Trained& parameter : parameters) gradients.push_back(parameter.gradient.clone());
  }
  NamedTensors state() const override { return kept; }
  void restore(const NamedTensors& state) override { kept = state; }

  double rate = 0.5, clip = 1e9;
  std::vector<std::pair<double, double>> calls;
  std::vector<torch::Tensor> gradients;
  NamedTensors kept;
};

/// The factor is the step over all steps.
class Rising final : public Schedule {
 public:
  double factor(int64_t step, int64_t steps) const override {
    return static_cast<double>(step) / static_cast<double>(steps);
  }
};

class UpdaterTest : public testing::Test {
 protected:
  /// Gradients 3 and 4, whose norm is 5.
  void backward() { (3 * a_.sum() + 4 * b_.sum()).backward(); }

  const ComposedPhase phase_ = by_hand::phase("first", 8);
  torch::Tensor a_ = torch::zeros({1}).requires_grad_(), b_ = torch::zeros({1}).requires_grad_();
  const std::shared_ptr<Keeping> optimizer_ = std::make_shared<Keeping>();
  Updater updater_{
      phase_, {{"a", a_, {}}, {"b", b_, {}}}, optimizer_, std::make_shared<const Rising>()};
};

TEST_F(UpdaterTest, TheRateFollowsTheScheduleOverAllStepsOfThePhase) {
  EXPECT_EQ(updater_.rate(0), 0);
  EXPECT_EQ(updater_.rate(2), 0.125);
  EXPECT_EQ(updater_.rate(8), 0.5);
}

TEST_F(UpdaterTest, ARateThatIsNotFiniteIsASentenceWithItsStep) {
  optimizer_->rate = std::numeric_limits<double>::infinity();
  EXPECT_EQ(failure_of([&] { updater_.rate(3); }),
            "phase 'first', step 3: the learning rate is not finite; lower optimizer.lr");
}

TEST_F(UpdaterTest, TheNormIsThatOfAllGradientsTogether) {
  backward();
  EXPECT_DOUBLE_EQ(updater_.take_gradients(), 5);
}

TEST_F(UpdaterTest, GradientsAreScaledDownToTheClipNormAndNeverUp) {
  const auto scale = [&](double clip) {
    optimizer_->clip = clip;
    backward();
    updater_.update(0.25, updater_.take_gradients());
    EXPECT_EQ(optimizer_->calls.back().first, 0.25);
    EXPECT_EQ(optimizer_->gradients[0].item<float>(), 3) << "the optimizer scales, not the engine";
    return optimizer_->calls.back().second;
  };
  EXPECT_NEAR(scale(2.5), 0.5, 1e-6);
  EXPECT_NEAR(scale(5), 1, 1e-6);
  EXPECT_EQ(scale(50), 1);
  EXPECT_EQ(scale(std::numeric_limits<double>::infinity()), 1);
}

TEST_F(UpdaterTest, EachUpdateHasTheGradientsOfItsOwnStep) {
  backward();
  updater_.update(1, updater_.take_gradients());
  EXPECT_FALSE(a_.grad().defined());
  backward();
  EXPECT_DOUBLE_EQ(updater_.take_gradients(), 5) << "nothing was left to be added to";
  updater_.drop_gradients();
  EXPECT_FALSE(a_.grad().defined());
  EXPECT_FALSE(updater_.trained()[0].gradient.defined());
}

TEST_F(UpdaterTest, AfterAnUpdateEveryParameterIsANewVersion) {
  backward();
  const auto a = a_._version(), b = b_._version();
  updater_.update(1, updater_.take_gradients());
  EXPECT_GT(a_._version(), a) << "else copies in bf16 would be those of the step before";
  EXPECT_GT(b_._version(), b);
}

TEST_F(UpdaterTest, AParameterWithoutGradientIsASentence) {
  (3 * a_.sum()).backward();
  EXPECT_EQ(failure_of([&] { updater_.take_gradients(); }),
            "phase 'first': parameter 'b' is trained but no loss depends on it; freeze it");
}

TEST_F(UpdaterTest, ItsStateIsTheOptimizers) {
  updater_.restore({{"moment", torch::ones({2})}});
  EXPECT_THAT(optimizer_->kept, ElementsAre(Pair("moment", testing::_)));
  EXPECT_TRUE(updater_.state()[0].second.equal(torch::ones({2})));
}

}  // namespace
}  // namespace leakprobe
