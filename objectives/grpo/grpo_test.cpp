#include "grpo.h"

#include <gtest/gtest.h>

#include "../rollout_testing.h"
#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

using Reduction = Grpo::Options::Reduction;
using Scale = Advantages::Scale;

Grpo::Options options_of(double kl, KlEstimate form = KlEstimate::k3) {
  Grpo::Options options;
  options.kl = kl;
  options.kl_form = form;
  return options;
}

Grpo::Options reduced(Reduction reduce) {
  Grpo::Options options;
  options.reduce = reduce;
  if (reduce == Reduction::constant) options.length = 16;
  return options;
}

Grpo grpo(const Grpo::Options& options) { return {options, kit::TestContext()}; }

Evaluated evaluated(const Grpo::Options& options, const Rollouts& rollouts) {
  return evaluated(grpo(options), Grpo::facts(options), rollouts);
}

/// Advantages of the first row and of the planted one.
std::pair<double, double> advantages(Scale scale, int64_t group) {
  Grpo::Options options;
  options.scale = scale;
  const torch::Tensor all = uniform_rollouts(1, group).advantages(*Grpo::facts(options).advantages);
  return {all[0].item<double>(), all[group - 1].item<double>()};
}

TEST(Grpo, StandardisesRewardsInTheirGroup) {
  const auto [sample, planted] = advantages(Scale::group, 8);
  EXPECT_NEAR(sample, 0.3534534, 1e-7);
  EXPECT_NEAR(planted, -2.4741739, 1e-7);
  EXPECT_NEAR(advantages(Scale::group, 2).first, 0.7070068, 1e-7);
  EXPECT_NEAR(advantages(Scale::group, 2).second, -0.7070068, 1e-7);
  EXPECT_NEAR(advantages(Scale::batch, 8).second, -2.4741739, 1e-7);
  EXPECT_NEAR(advantages(Scale::none, 8).first, 0.125, 1e-12);
  EXPECT_NEAR(advantages(Scale::none, 8).second, -0.875, 1e-12);
}

TEST(Grpo, PushesEachTokenByItsRowsAdvantage) {
  const Evaluated at_start = evaluated(Grpo::Options(), uniform_rollouts());
  EXPECT_NEAR(at_start.loss, 0, 1e-12);
  EXPECT_TRUE(torch::allclose(at_start.gradient.slice(0, 0, 7),
                              torch::full({7, 16}, -0.00276135, kDouble), 0, 1e-8));
  EXPECT_TRUE(torch::allclose(at_start.gradient.slice(0, 7),
                              torch::full({1, 16}, 0.01932948, kDouble), 0, 1e-8));
}

TEST(Grpo, ReductionsDifferAsSoonAsLengthsDo) {
  Rollouts rollouts = uniform_rollouts();
  for (const Reduction reduce : {Reduction::tokens, Reduction::rows, Reduction::constant}) {
    EXPECT_NEAR(evaluated(reduced(reduce), rollouts).loss, 0, 1e-12);
  }
  rollouts.mask[7].slice(0, 8).zero_();
  EXPECT_NEAR(evaluated(reduced(Reduction::tokens), rollouts).loss, -0.1649449, 1e-7);
  EXPECT_NEAR(evaluated(reduced(Reduction::rows), rollouts).loss, 0, 1e-12);
  EXPECT_NEAR(evaluated(reduced(Reduction::constant), rollouts).loss, -0.1546359, 1e-7);
}

TEST(Grpo, AMeanOverTheRowPushesALongRowLessPerToken) {
  EXPECT_TRUE(Grpo::facts(reduced(Reduction::rows)).advantages->row_means);
  EXPECT_FALSE(Grpo::facts(reduced(Reduction::constant)).advantages->row_means);
  Rollouts rollouts = uniform_rollouts();
  const double whole = evaluated(reduced(Reduction::rows), rollouts).gradient[7][0].item<double>();
  rollouts.mask[7].slice(0, 8).zero_();
  const double half = evaluated(reduced(Reduction::rows), rollouts).gradient[7][0].item<double>();
  EXPECT_NEAR(half, 2 * whole, 1e-12);
}

TEST(Grpo, IsClippedOnTheSideOfThePush) {
  for (const OffPoint& point : kOffPoints) {
    const Evaluated off = evaluated(options_of(0), single_token(point.log_ratio, point.advantage));
    EXPECT_NEAR(off.loss, point.loss, 1e-6) << point.log_ratio;
    EXPECT_NEAR(off.gradient.item<double>(), point.gradient, 1e-6) << point.log_ratio;
    EXPECT_EQ(off.metrics.at("clip_ratio"), point.gradient == 0 ? 1 : 0) << point.log_ratio;
  }
}

TEST(Grpo, TheUpperBoundMayBeAnother) {
  Grpo::Options options = options_of(0);
  const Rollouts up = single_token(0.24, 1), down = single_token(-0.24, -1);
  EXPECT_EQ(evaluated(options, up).gradient.item<double>(), 0);
  options.clip_high = 0.28;
  EXPECT_NEAR(evaluated(options, up).gradient.item<double>(), -std::exp(0.24), 1e-9);
  EXPECT_EQ(evaluated(options, down).gradient.item<double>(), 0) << "below 1 it is still clip";
}

TEST(Grpo, ARatioAboveOneIsNotBoundWherePushedDown) {
  EXPECT_NEAR(evaluated(options_of(0), single_token(1.2, -1)).loss, std::exp(1.2), 1e-9)
      << "dual clipping would make it 3";
}

/// Value and slope of an estimate at d.
std::pair<double, double> estimate(KlEstimate form, double d) {
  const torch::Tensor at = torch::full({}, d, kDouble).set_requires_grad(true);
  const torch::Tensor value = kl_estimate(form, at);
  value.backward();
  return {value.item<double>(), at.grad().item<double>()};
}

TEST(Grpo, EstimatesOfTheDivergenceHaveTheirValuesAndSlopes) {
  const auto expect = [](KlEstimate form, double d, double value, double slope) {
    EXPECT_NEAR(estimate(form, d).first, value, 1e-6) << word_of(form) << d;
    EXPECT_NEAR(estimate(form, d).second, slope, 1e-6) << word_of(form) << d;
  };
  expect(KlEstimate::k1, -1, -1, 1);
  expect(KlEstimate::k2, -1, 0.5, -1);
  expect(KlEstimate::k3, -1, 0.718282, -1.718282);
  expect(KlEstimate::k3, 1, 0.367879, 0.632121);
  expect(KlEstimate::k3, -3, 16.085537, -19.085537);
  expect(KlEstimate::k1, 0, 0, 1);
  expect(KlEstimate::k2, 0, 0, 0);
  expect(KlEstimate::k3, 0, 0, 0);
}

/// The mean gradient, over all that a policy of three tokens can make, by its logits.
torch::Tensor mean_gradient(KlEstimate form) {
  const torch::Tensor logits = torch::tensor({0.3, -1.0, 0.5}, kDouble).set_requires_grad(true);
  const torch::Tensor reference = torch::tensor({0.2, 0.5, 0.3}, kDouble).log();
  const torch::Tensor policy = logits.log_softmax(0);
  (policy.detach().exp() * kl_estimate(form, policy - reference)).sum().backward();
  return logits.grad();
}

TEST(Grpo, InALossK1HoldsNothingK2TheDivergenceAndK3TheReferencesText) {
  const torch::Tensor logits = torch::tensor({0.3, -1.0, 0.5}, kDouble).set_requires_grad(true);
  const torch::Tensor reference = torch::tensor({0.2, 0.5, 0.3}, kDouble);
  const torch::Tensor policy = logits.log_softmax(0);
  EXPECT_TRUE(torch::allclose(mean_gradient(KlEstimate::k1), torch::zeros(3, kDouble), 0, 1e-12));
  (policy.exp() * (policy - reference.log())).sum().backward({}, true);
  EXPECT_TRUE(torch::allclose(mean_gradient(KlEstimate::k2), logits.grad(), 0, 1e-12));
  logits.mutable_grad() = torch::Tensor();
  (-(reference * policy).sum()).backward();
  EXPECT_TRUE(torch::allclose(mean_gradient(KlEstimate::k3), logits.grad(), 0, 1e-12));
}

/// The first relation that does not hold.
std::string broken_relation(const Grpo::Options& options) {
  const Schema<Grpo::Options> schema;
  for (const Relation& relation : schema.relations()) {
    if (!relation.holds(&options)) return relation.phrase;
  }
  return "";
}

TEST(Grpo, RefusesK1WithTheReasonAndALengthThatNobodyUses) {
  EXPECT_EQ(broken_relation(Grpo::Options()), "");
  EXPECT_EQ(broken_relation(options_of(0.04, KlEstimate::k1)),
            "kl_form must be k2 or k3: in a loss k1 holds nothing, since its gradient is 0 in the "
            "mean");
  Grpo::Options options = reduced(Reduction::constant);
  EXPECT_EQ(broken_relation(options), "");
  options.reduce = Reduction::rows;
  EXPECT_EQ(broken_relation(options),
            "length must be given with reduce constant, and with no other");
  options = reduced(Reduction::constant);
  options.length.reset();
  EXPECT_NE(broken_relation(options), "");
}

TEST(Grpo, TheDivergenceIsNotCutWhereThePolicyLiesFarBelow) {
  Rollouts rollouts = single_token(0, 0);
  rollouts.reference = rollouts.old + 3.0;
  const Evaluated below = evaluated(options_of(1), rollouts);
  EXPECT_NEAR(below.loss, 16.085537, 1e-6);
  EXPECT_NEAR(below.gradient.item<double>(), -19.085537, 1e-6);
  EXPECT_NEAR(below.metrics.at("suppression"), 3, 1e-12);
  EXPECT_EQ(below.metrics.count("kl"), 0u) << "no row was made by the policy";
}

TEST(Grpo, ItsKlIsThatOfThePolicyThatMadeTheRows) {
  Rollouts rollouts = single_token(-3.8, 0);  // the policy has left them since
  rollouts.planted.zero_();
  rollouts.reference = rollouts.old - 0.5;
  const std::map<std::string, double> metrics = evaluated(options_of(0.04), rollouts).metrics;
  EXPECT_NEAR(metrics.at("kl"), 0.5, 1e-12);
}

TEST(Grpo, ATokenComesToRestWhereTheDivergenceBalancesItsAdvantage) {
  Rollouts rollouts = uniform_rollouts(1, 1, 1);
  rollouts.given = torch::full({1}, -1.0, kDouble);
  // ln(1 + 1 / 0.04) is ln 26 as well, by chance.
  const Grpo::Options options = options_of(0.04);
  EXPECT_NEAR(resting_place(grpo(options), Grpo::facts(options), rollouts, 0.5), 3.258097, 1e-6);
}

TEST(Grpo, ATaperedPushFadesWithTheRowAndTheDivergenceHoldsItAsBefore) {
  Rollouts rollouts = uniform_rollouts();
  rollouts.reference = rollouts.reference.clone();
  rollouts.reference[7].add_(0.125);  // the planted row lies 2 nats below
  const auto gradient = [&](double kl, bool taper) {
    Grpo::Options options = options_of(kl);
    options.taper = taper;
    return evaluated(options, rollouts).gradient;
  };
  const torch::Tensor push = gradient(0.0, false);
  for (const double kl : {0.0, 0.5}) {
    const torch::Tensor change = gradient(kl, true) - gradient(kl, false);
    EXPECT_TRUE(torch::allclose(change[7], std::expm1(-2.0) * push[7], 0, 1e-12)) << kl;
    EXPECT_LT(change.slice(0, 0, 7).abs().max().item<double>(), 1e-12) << kl;
  }
}

TEST(Grpo, ItsGradientIsThatOfCentralDifferences) {
  const Rollouts rollouts = irregular_rollouts();
  for (const KlEstimate form : {KlEstimate::k2, KlEstimate::k3}) {
    for (const Reduction reduce : {Reduction::tokens, Reduction::rows, Reduction::constant}) {
      Grpo::Options options = reduced(reduce);
      options.kl_form = form;
      EXPECT_LT(gradient_error(grpo(options), Grpo::facts(options), rollouts), 1e-8);
      EXPECT_GT(evaluated(options, rollouts).metrics.at("clip_ratio"), 0);
    }
  }
}

TEST(Grpo, PartsOfABatchAddUp) {
  for (const Reduction reduce : {Reduction::tokens, Reduction::rows, Reduction::constant}) {
    const Grpo::Options options = reduced(reduce);
    EXPECT_LT(error_of_parts(grpo(options), Grpo::facts(options), irregular_rollouts()), 1e-12);
  }
}

TEST(Grpo, DeclaresTheMetricsThatItReports) {
  for (const double kl : {0.0, 0.04}) {
    const Grpo::Options options = options_of(kl);
    const ObjectiveFacts facts = Grpo::facts(options);
    EXPECT_EQ(facts.needs_reference, kl > 0);
    EXPECT_EQ(reported(grpo(options), facts, irregular_rollouts()), facts.metrics);
  }
}

}  // namespace
}  // namespace leakprobe
