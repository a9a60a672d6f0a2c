// Times matrix products alone: what a training step would take if it were nothing but its products.
//
// Each line of standard input is one product, `KIND TYPE ROWS IN OUT`: KIND is forward, input (the
// gradient in the input) or weight (the gradient in the weight), TYPE is float32 or bfloat16. For
// each line the median seconds of the fastest way are written, and that way: in float32 one of
// LibTorch's libraries, in bfloat16 oneDNN with the weight as it is or in oneDNN's order.

#include "model/products.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using leakprobe::ProductLibrary;

struct Product {
  std::string kind;
  torch::ScalarType type;
  int64_t rows, in, out;
};

Product parse(const std::string& line) {
  std::istringstream text(line);
  std::string type;
  Product product{};
  if (!(text >> product.kind >> type >> product.rows >> product.in >> product.out) ||
      (type != "float32" && type != "bfloat16")) {
    throw std::invalid_argument("not a product: " + line);
  }
  product.type = type == "float32" ? torch::kFloat32 : torch::kBFloat16;
  return product;
}

double median_seconds(const std::function<torch::Tensor()>& once) {
  once();
  std::vector<double> seconds;
  double total = 0;
  while (seconds.size() < 5 || (total < 0.2 && seconds.size() < 1000)) {
    const auto start = std::chrono::steady_clock::now();
    once();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    total += seconds.back();
  }
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

struct Way {
  std::string name;
  double seconds;
};

Way fastest(const Product& product) {
  const auto options = torch::TensorOptions().dtype(product.type);
  const torch::Tensor x = at::randn({product.rows, product.in}).to(options);
  const torch::Tensor weight = at::randn({product.out, product.in}).to(options);
  const torch::Tensor gradient = at::randn({product.rows, product.out}).to(options);
  const auto once = [&] {
    if (product.kind == "forward") return leakprobe::product(x, weight, {});
    if (product.kind == "input") return leakprobe::input_gradient(gradient, weight);
    if (product.kind == "weight") return leakprobe::weight_gradient(gradient, x);
    throw std::invalid_argument("no kind of product: " + product.kind);
  };
  std::vector<Way> ways;
  if (product.type == torch::kBFloat16) {
    ways.push_back({"plain", median_seconds(once)});
    if (product.kind == "forward" && leakprobe::takes_ordered_weights(x.device())) {
      const torch::Tensor ordered = leakprobe::in_onednn_order(weight);
      ways.push_back({"ordered", median_seconds([&] {
                        return leakprobe::product_of_ordered(x, ordered, {});
                      })});
    }
  } else {
    leakprobe::set_product_library(ProductLibrary::onednn);
    ways.push_back({"onednn", median_seconds(once)});
    leakprobe::set_product_library(ProductLibrary::blas);
    ways.push_back({"blas", median_seconds(once)});
  }
  return *std::min_element(ways.begin(), ways.end(),
                           [](const Way& a, const Way& b) { return a.seconds < b.seconds; });
}

}  // namespace

int main() try {
  const at::NoGradGuard no_gradients;
  for (std::string line; std::getline(std::cin, line);) {
    const Way way = fastest(parse(line));
    std::cout << way.seconds << ' ' << way.name << std::endl;
  }
} catch (const std::exception& failure) {
  std::cerr << "leakprobe-products: " << failure.what() << '\n';
  return 1;
}
