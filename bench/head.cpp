// Times the head of probes: logits by an f32 product, by products of numbers split in two bf16
// terms, and by one of numbers rounded to bf16, in turn.
//
// Each line of standard input is one head, `STATES WIDTH VOCABULARY`. For each line three are
// written, `WAY MEDIAN LEAST LARGEST MEAN_NATS MAX_NATS`: seconds, and how far log-probabilities
// of all tokens are from those of an f64 product where logits have a standard deviation of 5. A
// first line says whether runs use split products here: `split` or `f32`. Without a library that
// has them, their line is missing.

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/products.h"
#include "model/split_product.h"

namespace {

constexpr double kDeviation = 5;
constexpr int64_t kComparedStates = 64;
constexpr int kTimes = 9;

struct Way {
  std::string name;
  std::function<torch::Tensor(const torch::Tensor& states)> logits;
  std::vector<double> seconds = {};
};

double seconds_of(const Way& way, const torch::Tensor& states) {
  const auto start = std::chrono::steady_clock::now();
  way.logits(states);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Ways to the logits of a head. What follows from the weight alone is made once, as in a run,
/// where all cells of an evaluation share it.
std::vector<Way> ways_of(const torch::Tensor& weight) {
  std::vector<Way> ways;
  ways.push_back(
      {"f32", [=](const torch::Tensor& x) { return leakprobe::product(x, weight, {}); }});
  if (leakprobe::has_split_products()) {
    ways.push_back({"split", [split = leakprobe::split_numbers(weight)](const torch::Tensor& x) {
                      return leakprobe::split_product(leakprobe::split_numbers(x), split);
                    }});
  }
  const bool ordered = leakprobe::takes_ordered_weights(weight.device());
  const torch::Tensor rounded = weight.to(torch::kBFloat16);
  const torch::Tensor own = ordered ? leakprobe::in_onednn_order(rounded) : rounded;
  ways.push_back({"rounded", [=](const torch::Tensor& x) {
                    const torch::Tensor states = x.to(torch::kBFloat16);
                    return ordered ? leakprobe::product_of_ordered(states, own, {})
                                   : leakprobe::product(states, own, {});
                  }});
  return ways;
}

torch::Tensor log_probs(const torch::Tensor& logits) {
  return at::log_softmax(logits.to(torch::kFloat64), 1);
}

void measure(const std::string& line) {
  std::istringstream text(line);
  int64_t states = 0, width = 0, vocabulary = 0;
  if (!(text >> states >> width >> vocabulary) || std::min({states, width, vocabulary}) < 1) {
    throw std::invalid_argument("not a head: " + line);
  }
  const torch::Tensor x = at::randn({states, width});
  const torch::Tensor weight =
      at::randn({vocabulary, width}) * (kDeviation / std::sqrt(static_cast<double>(width)));
  std::vector<Way> ways = ways_of(weight);
  for (const Way& way : ways) way.logits(x);
  // In turn, so that what else the machine does falls on all of them.
  for (int time = 0; time < kTimes; ++time) {
    for (Way& way : ways) way.seconds.push_back(seconds_of(way, x));
  }
  const torch::Tensor few = x.narrow(0, 0, std::min(states, kComparedStates));
  const torch::Tensor exact =
      log_probs(at::linear(few.to(torch::kFloat64), weight.to(torch::kFloat64)));
  for (Way& way : ways) {
    const torch::Tensor off = (log_probs(way.logits(few)) - exact).abs();
    std::sort(way.seconds.begin(), way.seconds.end());
    std::cout << way.name << ' ' << way.seconds[kTimes / 2] << ' ' << way.seconds.front() << ' '
              << way.seconds.back() << ' ' << off.mean().item<double>() << ' '
              << off.max().item<double>() << std::endl;
  }
}

}  // namespace

int main() try {
  const at::NoGradGuard no_gradients;
  at::manual_seed(0);
  std::cout << (leakprobe::uses_split_products() ? "split" : "f32") << std::endl;
  for (std::string line; std::getline(std::cin, line);) measure(line);
} catch (const std::exception& failure) {
  std::cerr << "leakprobe-head: " << failure.what() << '\n';
  return 1;
}
