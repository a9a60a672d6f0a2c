#include "report/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "format/json.h"

namespace leakprobe {
namespace {

std::vector<double> numbers(const JsonValue& list) {
  std::vector<double> result;
  for (size_t i = 0; i < list.size(); ++i) result.push_back(list[i].as_double());
  return result;
}

std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result;
  for (size_t i = 0; i < a.size(); ++i) result.push_back(a[i] - b[i]);
  return result;
}

JsonValue fixture() {
  return JsonValue::read(std::string(LEAKPROBE_TEST_FIXTURES) + "/statistics.json");
}

constexpr double kClose = 1e-9;

TEST(Statistics, EqualSciPysOnEveryCaseOfTheFixture) {
  const JsonValue cases = fixture().at("cases");
  ASSERT_GT(cases.size(), 0u);
  for (size_t i = 0; i < cases.size(); ++i) {
    const JsonValue expected = cases[i];
    SCOPED_TRACE(expected.place());
    const auto near = [&](double value, const char* key) {
      EXPECT_NEAR(value, expected.get_double(key), kClose) << key;
    };
    const std::vector<double> x = numbers(expected.at("x"));
    const SampleStatistics one = describe_sample(x);
    near(*one.mean, "mean");
    near(*one.sd, "sd");
    near(one.t_test->t, "one_sample_t");
    near(one.t_test->two_sided, "one_sample_p_two_sided");
    near(one.t_test->greater, "one_sample_p_greater");
    near(*one.relative_geometric, "relative_increase_geometric");
    near(*one.relative_arithmetic, "relative_increase_arithmetic");
    const std::vector<double> interval = numbers(expected.at("ci95"));
    EXPECT_NEAR(one.ci95->low, interval.at(0), kClose);
    EXPECT_NEAR(one.ci95->high, interval.at(1), kClose);
    const SampleStatistics paired = describe_sample(differences(x, numbers(expected.at("y"))));
    near(paired.t_test->t, "paired_t");
    near(paired.t_test->two_sided, "paired_p_two_sided");
    near(paired.sign_flip->two_sided, "sign_flip_p_two_sided");
    near(paired.wilcoxon->statistic, "wilcoxon_statistic");
    near(paired.wilcoxon->two_sided, "wilcoxon_p_two_sided");
    EXPECT_EQ(paired.undefined, "");
  }
}

TEST(Statistics, HolmEqualsTheFixtureAndPassesOverWhatHasNoP) {
  const JsonValue holm = fixture().at("holm");
  std::vector<std::optional<double>> p;
  for (const double value : numbers(holm.at("p"))) p.emplace_back(value);
  p.insert(p.begin() + 2, std::nullopt);
  auto adjusted = holm_adjusted(p);
  EXPECT_FALSE(adjusted.at(2));
  adjusted.erase(adjusted.begin() + 2);
  const std::vector<double> expected = numbers(holm.at("adjusted"));
  ASSERT_EQ(adjusted.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(*adjusted[i], expected[i], kClose);
  EXPECT_EQ(holm_adjusted({0.9, 0.8}).at(0), 1.0);
  EXPECT_TRUE(holm_adjusted({}).empty());
}

/// scipy.stats.permutation_test, permutation_type 'samples', all 2^20 assignments. The values have
/// three digits, so that many sums are equal on paper and differ by rounding.
TEST(SignFlip, IsExactAlsoWhereSumsAreEqual) {
  const std::vector<double> values = {0.234,  -0.226, 0.072, -0.027, -0.015, 0.008, -0.172,
                                      0.007,  -0.057, 0.362, 0.053,  -0.005, 0.002, -0.037,
                                      -0.076, -0.009, 0.078, 0.006,  0.126,  0.01};
  const SignFlip test = sign_flip_test(values);
  EXPECT_TRUE(test.exact);
  EXPECT_EQ(test.two_sided, 605038.0 / 1048576.0);
  const Wilcoxon wilcoxon = wilcoxon_test(values);
  EXPECT_EQ(wilcoxon.statistic, 96.0);
  EXPECT_NEAR(wilcoxon.two_sided, 0.7561664581298828, kClose);
}

TEST(SignFlip, EqualValuesHaveTheSmallestPThereIs) {
  const std::vector<double> values(10, 0.25);
  EXPECT_EQ(sign_flip_test(values).two_sided, 2.0 / 1024);
  EXPECT_EQ(sign_flip_test(std::vector<double>(10, 0.0)).two_sided, 1.0);
  EXPECT_EQ(sign_flip_test({}).two_sided, 1.0);
}

std::vector<double> ones(size_t plus, size_t minus) {
  std::vector<double> values(plus, 1.0);
  values.insert(values.end(), minus, -1.0);
  return values;
}

TEST(SignFlip, CountsFortyValuesAndDrawsForMore) {
  const SignFlip counted = sign_flip_test(ones(38, 2));
  EXPECT_TRUE(counted.exact);
  EXPECT_EQ(counted.two_sided, 2 * (1 + 40 + 780) / std::ldexp(1.0, 40));
  const SignFlip drawn = sign_flip_test(ones(32, 20));
  EXPECT_FALSE(drawn.exact);
  EXPECT_NEAR(drawn.two_sided, 0.12634707581392135, 0.005);  // scipy.stats.binomtest(32, 52)
  EXPECT_EQ(drawn.two_sided, sign_flip_test(ones(32, 20)).two_sided);
}

/// The exact distribution given the ties: scipy.stats.permutation_test of the signed mid-ranks.
TEST(Wilcoxon, EqualSizesShareTheirRankAndZerosAreLeftOut) {
  const std::vector<double> values = {1, 2, 2, -3, 0, 4, -4, 5};
  const Wilcoxon test = wilcoxon_test(values);
  EXPECT_EQ(test.statistic, 9.5);
  EXPECT_NEAR(test.two_sided, 0.515625, kClose);
}

TEST(Statistics, WhatASampleDoesNotDefineHasNoValueAndSaysWhy) {
  const SampleStatistics none = describe_sample({});
  EXPECT_FALSE(none.mean);
  EXPECT_EQ(none.undefined, "no value");

  const std::vector<double> single = {0.1};
  const SampleStatistics one = describe_sample(single);
  EXPECT_EQ(one.mean, 0.1);
  EXPECT_FALSE(one.sd || one.ci95 || one.t_test || one.sign_flip || one.wilcoxon);
  EXPECT_EQ(one.undefined, "one value has no spread");

  // 0.1 three times has a mean that is not exactly 0.1.
  const std::vector<double> equal = {0.1, 0.1, 0.1};
  const SampleStatistics same = describe_sample(equal);
  EXPECT_FALSE(same.t_test || same.ci95);
  EXPECT_EQ(same.sign_flip->two_sided, 0.25);
  EXPECT_EQ(same.undefined, "equal values have no t-test");

  const std::vector<double> broken = {0.1, std::numeric_limits<double>::quiet_NaN()};
  const SampleStatistics nan = describe_sample(broken);
  EXPECT_FALSE(nan.mean || nan.t_test || nan.sign_flip || nan.relative_geometric);
  EXPECT_EQ(nan.n, 2);
  EXPECT_EQ(nan.undefined, "a value is not a finite number");
}

bool all_finite(const SampleStatistics& s) {
  const auto finite = [](const std::optional<double>& x) { return !x || std::isfinite(*x); };
  return finite(s.mean) && finite(s.sd) && finite(s.relative_geometric) &&
         finite(s.relative_arithmetic) &&
         (!s.ci95 || (std::isfinite(s.ci95->low) && std::isfinite(s.ci95->high))) &&
         (!s.t_test ||
          (std::isfinite(s.t_test->t) && s.t_test->two_sided >= 0 && s.t_test->two_sided <= 1));
}

TEST(Statistics, HugeAndTinyValuesAreAsWellDefinedAsAnyOthers) {
  const std::vector<double> plain = {1, 2, 4, 3};
  const SampleStatistics expected = describe_sample(plain);
  for (const int exponent : {-1060, -1000, -600, 600, 1000, 1020}) {
    std::vector<double> sample;
    for (const double value : plain) sample.push_back(std::ldexp(value, exponent));
    const SampleStatistics found = describe_sample(sample);
    EXPECT_TRUE(all_finite(found)) << exponent;
    EXPECT_EQ(found.t_test->t, expected.t_test->t) << exponent;
    EXPECT_EQ(found.t_test->two_sided, expected.t_test->two_sided) << exponent;
    EXPECT_EQ(found.sign_flip->two_sided, expected.sign_flip->two_sided) << exponent;
    EXPECT_EQ(*found.mean, std::ldexp(2.5, exponent));
  }
}

TEST(Statistics, WhatOverflowsHasNoValueAndSaysWhy) {
  const double huge = std::numeric_limits<double>::max();
  const SampleStatistics wide = describe_sample(std::vector<double>{huge, -huge});
  EXPECT_TRUE(all_finite(wide));
  EXPECT_EQ(wide.mean, 0);
  EXPECT_FALSE(wide.ci95);
  EXPECT_EQ(wide.undefined, "the interval is beyond what a number holds");
  const SampleStatistics collapsed = describe_sample(std::vector<double>{5706, 800, 3});
  EXPECT_TRUE(all_finite(collapsed));
  EXPECT_FALSE(collapsed.relative_geometric || collapsed.relative_arithmetic);
  EXPECT_EQ(collapsed.relative_undefined, "the relative increase is beyond what a number holds");
  EXPECT_TRUE(collapsed.t_test && collapsed.undefined.empty());
  EXPECT_EQ(describe_sample(std::vector<double>{-5706, 1}).relative_undefined, "");
}

TEST(Statistics, EveryMixOfExtremesIsFinite) {
  const double extremes[] = {0.0,
                             -0.0,
                             std::numeric_limits<double>::denorm_min(),
                             -std::numeric_limits<double>::min(),
                             1e-300,
                             1.0,
                             -709.9,
                             1e18,
                             -1e300,
                             std::numeric_limits<double>::max(),
                             std::numeric_limits<double>::lowest()};
  // The order of a sample does not matter.
  for (const double& a : extremes) {
    for (const double& b : std::span(extremes).subspan(static_cast<size_t>(&a - extremes))) {
      for (const double& c : std::span(extremes).subspan(static_cast<size_t>(&b - extremes))) {
        const SampleStatistics found = describe_sample(std::vector<double>{a, b, c});
        EXPECT_TRUE(all_finite(found)) << a << ' ' << b << ' ' << c;
        if (!found.t_test || !found.sd || *found.sd == 0) continue;
        const auto seeds = seeds_needed(*found.mean, *found.sd, 0.8);
        EXPECT_TRUE(!seeds || (*seeds >= 2 && *seeds <= kMostSeeds)) << a << ' ' << b << ' ' << c;
      }
    }
  }
}

TEST(SeedsNeeded, OfNearlyEqualValuesAreTwo) {
  const SampleStatistics nearly = describe_sample(std::vector<double>{0.5, 0.50001, 0.49999});
  EXPECT_EQ(seeds_needed(*nearly.mean, *nearly.sd, 0.8), 2);
  for (const double size : {500.0, 700.0, 708.0, 1e4, 1e5, 1e9, 1e300}) {
    EXPECT_EQ(seeds_needed(size, 1, 0.8), 2) << size;
  }
  EXPECT_EQ(seeds_needed(1e-300, 1, 0.8), std::nullopt);
  EXPECT_EQ(seeds_needed(0, 1, 0.8), std::nullopt);
}

/// By scipy.stats.nct: the first n whose power is enough.
TEST(SeedsNeeded, EqualsSciPysNoncentralT) {
  EXPECT_EQ(seeds_needed(0.2, 1, 0.8), 199);
  EXPECT_EQ(seeds_needed(0.5, 1, 0.8), 34);
  EXPECT_EQ(seeds_needed(-0.5, 1, 0.9), 44);
  EXPECT_EQ(seeds_needed(0.08, 0.1, 0.8), 15);
  EXPECT_EQ(seeds_needed(1, 1, 0.8), 10);
  EXPECT_EQ(seeds_needed(1.5, 1, 0.95), 8);
  EXPECT_EQ(seeds_needed(3, 1, 0.8), 4);
  EXPECT_EQ(seeds_needed(10, 1, 0.8), 3);
  EXPECT_EQ(seeds_needed(100, 1, 0.9), 2);
  EXPECT_EQ(seeds_needed(0.05, 1, 0.8), 3142);
}

TEST(SeedsNeeded, NoEffectNeedsNoNumberOfSeeds) {
  EXPECT_FALSE(seeds_needed(0, 1, 0.8));
  EXPECT_FALSE(seeds_needed(1e-6, 1, 0.8));
  EXPECT_FALSE(seeds_needed(1, 0, 0.8));
}

}  // namespace
}  // namespace leakprobe
