#include "conformance/answers.h"

#include <algorithm>

namespace leakprobe {

void Answers::add(std::string what, std::string bytes) {
  answers_.emplace_back(std::move(what), std::move(bytes));
}

void Answers::add(std::string what, double number) {
  add(std::move(what), std::string(reinterpret_cast<const char*>(&number), sizeof number));
}

void Answers::add(std::string what, const torch::Tensor& tensor) {
  if (!tensor.defined()) return add(std::move(what), std::string("undefined"));
  std::string bytes = std::string(c10::toString(tensor.scalar_type())) + " [";
  for (const int64_t size : tensor.sizes()) bytes += std::to_string(size) + " ";
  const torch::Tensor flat = tensor.detach().to(torch::kCPU).contiguous();
  bytes += "] ";
  bytes.append(static_cast<const char*>(flat.const_data_ptr()), flat.nbytes());
  add(std::move(what), std::move(bytes));
}

std::string Answers::first_other_than(const Answers& others) const {
  const auto [own, other] = std::ranges::mismatch(answers_, others.answers_);
  if (own != answers_.end()) return own->first;
  return other != others.answers_.end() ? other->first : "";
}

}  // namespace leakprobe
