#include "leakprobe/kit/test_context.h"
#include "machine/gpu.h"

namespace leakprobe::kit {

std::vector<torch::Device> devices() {
  std::vector<torch::Device> here = {torch::kCPU};
  if (gpu_count() > 0) here.emplace_back(torch::kCUDA);
  return here;
}

}  // namespace leakprobe::kit
