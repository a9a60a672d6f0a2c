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

Value circumstances(const Composition& composition) {
  Value value = Value::map();
  value.set("libtorch", TORCH_VERSION);
  value.set("cpu_capability", at::get_cpu_capability());
  value.set("threads", threads_of(composition));
  value.set("device", composition.device);
  const torch::Device device(composition.device);
  if (device.is_cuda()) {
    value.set("gpu", gpu_name(std::max<int64_t>(device.index(), 0)));
    value.set("cuda", cuda_version());
  }
  value.set("f32_products", product_library() == ProductLibrary::onednn ? "onednn" : "blas");
  value.set("compute", word_of(composition.compute));
  if (composition.compute == Compute::bfloat16 && device.is_cpu()) {
    value.set("products_of_probes", uses_split_products() ? "split" : "f32");
  }
  return value;
}

Value environment_report(const Composition& composition, const Registry& registry) {
  Value value = Value::map();
  value.set("version", 1);
  value.set("leakprobe", host::version());
  value.set("api_version", LEAKPROBE_API_VERSION);
  value.set("headers", LEAKPROBE_HEADERS_HASH);
  value.set("processor", processor_name());
  const Value shared = circumstances(composition);
  for (const Value::Entry& entry : shared.entries()) value.set(entry.key, entry.value);
  value.set("model_path", composition.model.resolved.string());
  Value plugins = Value::list();
  for (const std::filesystem::path& library : registry.libraries()) {
    Value entry = Value::map();
    entry.set("library", library.filename().string());
    entry.set("sha256", registry.sha256(library));
    plugins.push_back(std::move(entry));
  }
  value.set("plugins", std::move(plugins));
  value.set("identity", identity_of(composition, registry));
  return value;
}

}  // namespace leakprobe
