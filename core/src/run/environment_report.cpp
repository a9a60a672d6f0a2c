#include "run/environment_report.h"

#include <ATen/Version.h>
#include <ATen/cpu/Utils.h>
#include <torch/version.h>

#include <algorithm>
#include <string>

#include "leakprobe/abi.h"
#include "leakprobe/host/workbench.h"
#include "machine/gpu.h"
#include "machine/machine.h"
#include "machine/threads.h"
#include "model/products.h"
#include "model/split_product.h"
#include "run/identity.h"

namespace leakprobe {

int64_t threads_of(const Composition& composition) {
  const int64_t usual = default_threads();  // before a run has set another number
  return composition.threads > 0 ? composition.threads : usual;
}

Circumstances circumstances(const Composition& composition) {
  Circumstances found;
  found.libtorch = TORCH_VERSION;
  found.cpu_capability = at::get_cpu_capability();
  found.threads = threads_of(composition);
  found.device = composition.device;
  const torch::Device device(composition.device);
  if (device.is_cuda()) {
    found.gpu = gpu_name(std::max<int64_t>(device.index(), 0));
    found.cuda = cuda_version();
  }
  found.f32_products = product_library() == ProductLibrary::onednn ? "onednn" : "blas";
  found.compute = word_of(composition.compute);
  if (composition.compute == Compute::bfloat16 && device.is_cpu()) {
    found.products_of_probes = uses_split_products() ? "split" : "f32";
  }
  return found;
}

EnvironmentRecord environment_report(const Composition& composition, const Registry& registry) {
  EnvironmentRecord record;
  record.leakprobe = host::version();
  record.api_version = LEAKPROBE_API_VERSION;
  record.headers = LEAKPROBE_HEADERS_HASH;
  record.processor = processor_name();
  record.circumstances = circumstances(composition);
  record.model_path = composition.model.resolved.string();
  for (const std::filesystem::path& library : registry.libraries()) {
    record.plugins.emplace_back(library.filename().string(), registry.sha256(library));
  }
  record.identity = identity_of(composition, registry);
  return record;
}

}  // namespace leakprobe
