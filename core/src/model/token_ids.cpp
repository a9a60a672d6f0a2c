#include "model/token_ids.h"

#include <ATen/ATen.h>

#include <string>

#include "leakprobe/error.h"

namespace leakprobe {

void check_token_ids(const torch::Tensor& tokens, int64_t vocabulary) {
  if (tokens.numel() == 0 || !tokens.is_cpu()) return;
  const auto [least, largest] = at::aminmax(tokens);
  check_token_ids({least.item<int64_t>(), largest.item<int64_t>()}, vocabulary);
}

void check_token_ids(const TokenRange& range, int64_t vocabulary) {
  if (range.least >= 0 && range.largest < vocabulary) return;
  throw Error("token " + std::to_string(range.least < 0 ? range.least : range.largest) +
              " is outside the model's vocabulary of " + std::to_string(vocabulary) +
              "; rows and model must have one tokenizer");
}

}  // namespace leakprobe
