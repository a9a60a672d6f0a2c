#include "conformance/torch_state.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/types.h>

#include <algorithm>
#include <cctype>

#include "format/sha256.h"

namespace leakprobe {
namespace {

const char* on_or_off(bool on) { return on ? "on" : "off"; }

std::string random_numbers() {
  const at::Tensor state = at::detail::getDefaultCPUGenerator().get_state().contiguous();
  const std::string bytes(static_cast<const char*>(state.const_data_ptr()), state.nbytes());
  return sha256_hex(bytes).substr(0, 8);
}

std::string default_type() {
  const auto type = c10::get_default_dtype_as_scalartype();
  std::string name = c10::toString(type);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

}  // namespace

std::map<std::string, std::string> torch_state() {
  return {{"gradient mode", on_or_off(c10::GradMode::is_enabled())},
          {"inference mode", on_or_off(c10::InferenceMode::is_enabled())},
          {"number of threads", std::to_string(at::get_num_threads())},
          {"default type", default_type()},
          {"own random numbers", random_numbers()},
          {"deterministic mode", on_or_off(at::globalContext().deterministicAlgorithms())}};
}

void set_usual_torch_state() {
  c10::GradMode::set_enabled(true);
  c10::set_default_dtype(caffe2::TypeMeta::Make<float>());
  at::globalContext().setDeterministicAlgorithms(false, false);
  at::set_num_threads(1);
}

}  // namespace leakprobe
