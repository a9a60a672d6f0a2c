#include "model/token_ids.h"

#include <ATen/ATen.h>

#include <string>

#include "leakprobe/error.h"

namespace leakprobe {

void check_token_ids(const torch::Tensor& tokens, int64_t vocabulary) {
  if (tokens.numel() == 0) return;
  const auto [least, largest] = at::aminmax(tokens);
  const auto low = least.item<int64_t>();
  const auto high = largest.item<int64_t>();
  if (low >= 0 && high < vocabulary) return;
  throw Error("token " + std::to_string(low < 0 ? low : high) +
              " is outside the model's vocabulary of " + std::to_string(vocabulary) +
              "; rows and model must have one tokenizer");
}

}  // namespace leakprobe
