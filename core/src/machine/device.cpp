#include "machine/device.h"

#include <ATen/Context.h>

#include <cstdlib>
#include <string>

#include "leakprobe/error.h"
#include "machine/gpu.h"

namespace leakprobe {
namespace {

[[noreturn]] void refuse(c10::Device device, const std::string& why) {
  throw Error("device '" + device.str() + "' cannot be used: " + why);
}

void check_there(c10::Device device) {
  if (!cuda_failure().empty()) {
    refuse(device, cuda_failure() +
                       "; use device: cpu, or build with a LibTorch that has all of CUDA (pip "
                       "install torch brings one)");
  }
  const int64_t count = gpu_count();
  if (count == 0) {
    refuse(device, "no GPU is visible to CUDA; use device: cpu, or look at nvidia-smi");
  }
  if (device.index() >= count) {
    refuse(device, "the last of the " + std::to_string(count) +
                       " GPUs here is cuda:" + std::to_string(count - 1));
  }
}

}  // namespace

void prepare_device(c10::Device device) {
  // oneDNN reads it when it first multiplies: for how many sizes of a product it keeps code. Nearly
  // each batch packs into a number of positions of its own, so that its usual 1024 fill up and hold
  // a third of a gigabyte.
  ::setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "256", 0);
  if (!device.is_cuda()) return;
  check_there(device);
  // cuBLAS reads it when it first multiplies: with one workspace its results are reproducible.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  at::Context& context = at::globalContext();
  // An operation of a plugin that has no such form says so and ends the run: attention, too, would
  // be left to chance if it were only warned of.
  context.setDeterministicAlgorithms(true, /*warn_only=*/false);
  // It would fill all new memory, and nothing here reads what it did not write.
  context.setDeterministicFillUninitializedMemory(false);
  context.setFloat32MatmulPrecision("highest");
  context.setAllowBF16ReductionCuBLAS(false);
}

}  // namespace leakprobe
