#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "model/against_torch.h"
#include "model/products.h"

namespace leakprobe {
namespace {

using testing_support::relative_difference;

class ProductByLine : public ::testing::Test {
 protected:
  void SetUp() override { at::manual_seed(23); }
};

TEST_F(ProductByLine, IsTheProductForSizesThatFillNoPanelAndNoRegister) {
  for (const int64_t lines : {0, 1, 15, 16, 17, 40}) {
    for (const int64_t in : {0, 1, 16, 37, 100}) {
      for (const int64_t out : {1, 5, 6, 7, 8, 25}) {
        const torch::Tensor x = at::randn({lines, in}), weight = at::randn({out, in}),
                            bias = at::randn({out});
        const torch::Tensor exact = at::linear(x.to(torch::kFloat64), weight.to(torch::kFloat64));
        const torch::Tensor found = product_by_line(x, weight, bias);
        ASSERT_EQ(found.sizes(), exact.sizes());
        if (lines == 0) continue;
        const torch::Tensor shifted = exact + bias.to(torch::kFloat64);
        EXPECT_LT(relative_difference(found, shifted), 1e-6) << lines << in << out;
        EXPECT_LT(relative_difference(product_by_line(x, weight, {}), exact), 1e-6)
            << lines << in << out;
      }
    }
  }
}

TEST_F(ProductByLine, TakesWhatDoesNotLieInOrder) {
  const torch::Tensor x = at::randn({9, 3}).t(), weight = at::randn({9, 4}).t();
  EXPECT_LT(relative_difference(product_by_line(x, weight, {}), at::linear(x, weight)), 1e-6);
}

TEST_F(ProductByLine, ALineHasTheSameBitsAloneAndAmongOthersOnAnyThreads) {
  const torch::Tensor x = at::randn({70, 300}), weight = at::randn({2000, 300}),
                      bias = at::randn({2000});
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const torch::Tensor all = product_by_line(x, weight, bias);
  at::set_num_threads(2);
  EXPECT_TRUE(at::equal(product_by_line(x, weight, bias), all));
  for (const int64_t line : {0, 31, 69}) {
    EXPECT_TRUE(
        at::equal(product_by_line(x.narrow(0, line, 1), weight, bias), all.narrow(0, line, 1)))
        << line;
  }
  EXPECT_TRUE(at::equal(product_by_line(x.narrow(0, 20, 33), weight, bias), all.narrow(0, 20, 33)));
  at::set_num_threads(before);
}

}  // namespace
}  // namespace leakprobe
