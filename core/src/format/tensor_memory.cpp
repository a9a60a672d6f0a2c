#include "format/tensor_memory.h"

#include <algorithm>
#include <cstddef>

#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {

std::optional<int64_t> element_count(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  int64_t widest = 1;  // strides count an empty dimension as one element
  for (const int64_t size : shape) {
    LEAKPROBE_CHECK(size >= 0, "a negative dimension");
    if (__builtin_mul_overflow(widest, std::max<int64_t>(size, 1), &widest)) return std::nullopt;
    count *= size;  // not above `widest`, or 0
  }
  return count;
}

torch::Tensor allocate_tensor(const std::vector<int64_t>& shape, torch::ScalarType type,
                              const std::string& place) {
  try {
    return torch::empty(shape, torch::TensorOptions().dtype(type).device(torch::kCPU));
  } catch (const c10::Error&) {
    throw Error(place + ": there is not enough memory for a tensor of shape " + shape_text(shape) +
                "; free some, or take a smaller model");
  }
}

std::string tensor_name_complaint(std::string_view name) {
  if (name.empty()) return "is empty";
  if (printable(name) != name) return "has characters that cannot be seen or is not UTF-8";
  if (name.find('\\') != std::string_view::npos) return "has a backslash";
  for (size_t start = 0; start <= name.size();) {
    const size_t end = std::min(name.find('/', start), name.size());
    const std::string_view part = name.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return "is a path";
    start = end + 1;
  }
  return "";
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "(";
  for (const int64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + ")";
}

}  // namespace leakprobe
