#include <ATen/Version.h>

#include <cstdlib>

#include "format/hf_cache.h"
#include "machine/gpu.h"
#include "machine/libtorch.h"
#include "machine/machine.h"
#include "machine/threads.h"
#include "plugin/abi.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

std::string libtorch_flavour(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / "__init__.py", ignored)) return "wheel";
  return fs::exists(folder / "build-version", ignored) ? "archive" : "system";
}

Value program_section(const Settings& settings) {
  Value value = Value::map();
  value.set("version", version());
  value.set("fingerprint", core_fingerprint());
  value.set("file", settings.program.string());
  return value;
}

Value libtorch_section() {
  const fs::path folder = libtorch_library_folder().parent_path();
  Value value = Value::map();
  value.set("version", TORCH_VERSION);
  value.set("flavour", libtorch_flavour(folder));
  value.set("folder", folder.string());
  value.set("kernels", at::get_cpu_capability());
  value.set("threads", default_threads());
  value.set("cuda", cuda_version());
  return value;
}

Value gpus() {
  Value names = Value::list();
  for (int64_t i = 0; i < gpu_count(); ++i) names.push_back(gpu_name(i));
  return names;
}

Value machine_section() {
  Value value = Value::map();
  value.set("processor", processor_name());
  Value extensions = Value::list();
  for (const std::string& extension : processor_extensions()) extensions.push_back(extension);
  value.set("extensions", std::move(extensions));
  value.set("gpus", gpus());
  const Memory memory = main_memory();
  value.set("memory", memory.total);
  value.set("memory_available", memory.available);
  return value;
}

Value search_section(const Settings& settings) {
  Value value = Value::list();
  for (const SearchEntry& entry :
       plugin_search_path(settings.plugin_paths, std::getenv(kPathVariable), settings.program)) {
    std::error_code ignored;
    Value folder = Value::map();
    folder.set("path", entry.path.string());
    folder.set("named_by", entry.named_by);
    folder.set("exists", fs::exists(entry.path, ignored));
    value.push_back(std::move(folder));
  }
  return value;
}

}  // namespace

Value Workbench::doctor() const {
  Value libraries = Value::list();
  for (const fs::path& library : state_->registry.libraries()) {
    Value entry = Value::map();
    entry.set("path", library.string());
    entry.set("sha256", state_->registry.sha256(library));
    entry.set("failure", Value());
    libraries.push_back(std::move(entry));
  }
  for (const PluginFailure& failure : state_->failures) {
    Value entry = Value::map();
    entry.set("path", failure.path.string());
    entry.set("failure", failure.reason);
    libraries.push_back(std::move(entry));
  }
  const fs::path cache = hf_cache_folder();
  std::error_code ignored;
  Value models = Value::map();
  models.set("hugging_face_cache", cache.string());
  models.set("exists", fs::is_directory(cache, ignored));

  Value report = Value::map();
  report.set("program", program_section(state_->settings));
  report.set("libtorch", libtorch_section());
  report.set("machine", machine_section());
  report.set("models", std::move(models));
  report.set("plugin_search", search_section(state_->settings));
  report.set("libraries", std::move(libraries));
  Value open = Value::list();
  for (const OpenPlace& place : state_->registry.open_places()) {
    open.push_back(place.path.string() + ": " + place.reason);
  }
  report.set("open_to_others", std::move(open));
  return report;
}

}  // namespace leakprobe::host
