#include "near.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../chain_model.h"

namespace leakprobe {
namespace {

/// Three letters behind the prefix 3, which never comes itself; what follows a letter depends on
/// it.
torch::Tensor table() {
  const auto log = [](float p) { return std::log(p); };
  return torch::tensor({{log(.5F), log(.3F), log(.2F), -1e9F},
                        {log(.1F), log(.6F), log(.3F), -1e9F},
                        {log(.2F), log(.2F), log(.6F), -1e9F},
                        {log(.7F), log(.2F), log(.1F), -1e9F}});
}

double mass(int64_t beam, double temperature = 1, torch::Tensor logits = table()) {
  ChainModel chain(std::move(logits));
  const Row row{{3, 0, 1}, {0, 1, 1}, {1, 3}, {}};
  return std::exp(log_probs_within_one(chain, {&row}, {{{3}, {0, 1}}}, temperature, beam).front());
}

TEST(WithinOne, IsTheSumOverAllTextsOfAtMostOneOtherToken) {
  // 01; 11, 21; 00, 02.
  EXPECT_NEAR(mass(3), .7 * .3 + .2 * .6 + .1 * .2 + .7 * .5 + .7 * .2, 1e-6);
  EXPECT_NEAR(mass(1000), mass(3), 1e-9) << "there are no more";
}

TEST(WithinOne, LooksAtTheLikeliestOtherTokensAloneAndIsALowerBound) {
  // 01; 11 and not 21; 00 and not 02.
  EXPECT_NEAR(mass(1), .7 * .3 + .2 * .6 + .7 * .5, 1e-6);
}

TEST(WithinOne, OfAFlatModelIsTheirNumber) {
  // 1 + 2 places x 3 others of the 4 tokens, 1/16 each.
  EXPECT_NEAR(mass(8, 1, torch::zeros({4, 4})), 7. / 16, 1e-6);
}

TEST(WithinOne, HoldsAtTheAttackersTemperature) {
  EXPECT_NEAR(mass(3, 0.5), mass(3, 1, table() * 2), 1e-6);
}

TEST(WithinOne, OfAContextWhatIsGivenStays) {
  ChainModel chain(table());
  const Row row{{3, 0, 1}, {0, 1, 1}, {1, 3}, {}};
  EXPECT_NEAR(std::exp(log_probs_within_one(chain, {&row}, {{{3, 0}, {1}}}, 1, 3).front()), 1,
              1e-6);
}

}  // namespace
}  // namespace leakprobe
