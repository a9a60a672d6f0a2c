#include "records/environment_record.h"

#include "format/json_to_value.h"

namespace leakprobe {
namespace {

std::string text_if_there(const Value& value, const char* key) {
  return value.has(key) ? value.text(key) : "";
}

void add_circumstances(Value& value, const Circumstances& circumstances) {
  value.set("libtorch", circumstances.libtorch);
  value.set("cpu_capability", circumstances.cpu_capability);
  value.set("threads", circumstances.threads);
  value.set("device", circumstances.device);
  if (!circumstances.gpu.empty()) {
    value.set("gpu", circumstances.gpu);
    value.set("cuda", circumstances.cuda);
  }
  value.set("f32_products", circumstances.f32_products);
  value.set("compute", circumstances.compute);
  if (!circumstances.products_of_probes.empty()) {
    value.set("products_of_probes", circumstances.products_of_probes);
  }
}

/// Older versions of leakprobe wrote some fields of environment.json alone.
enum class Fields { all, some };

Circumstances read_circumstances(const Value& value, Fields fields) {
  const auto text = [&](const char* key) {
    return fields == Fields::all ? value.text(key) : text_if_there(value, key);
  };
  Circumstances circumstances;
  circumstances.libtorch = text("libtorch");
  circumstances.cpu_capability = text("cpu_capability");
  if (fields == Fields::all || value.has("threads")) {
    circumstances.threads = value.integer("threads", 1);
  }
  circumstances.device = text("device");
  circumstances.gpu = text_if_there(value, "gpu");
  circumstances.cuda = text_if_there(value, "cuda");
  circumstances.f32_products = text("f32_products");
  circumstances.compute = text("compute");
  circumstances.products_of_probes = text_if_there(value, "products_of_probes");
  return circumstances;
}

}  // namespace

Value IdentityRecord::to_value() const {
  Value libraries = Value::map();
  for (const auto& [library, hash] : plugins) libraries.set(library, hash);
  Value contents = Value::list();
  for (const File& file : files) {
    Value content = Value::map();
    content.set("parameter", file.parameter);
    content.set("file", file.file);
    content.set("hash", file.hash);
    contents.push_back(std::move(content));
  }
  Value value = Value::map();
  value.set("digest", digest);
  value.set("experiment", experiment);
  value.set("seed", seed);
  value.set("leakprobe", leakprobe);
  value.set("build", build);
  value.set("plugins", std::move(libraries));
  value.set("files", std::move(contents));
  return value;
}

IdentityRecord IdentityRecord::of(const Value& value) {
  IdentityRecord record;
  record.digest = value.text("digest");
  record.experiment = value.mapping("experiment");
  record.seed = value.integer("seed", 0);
  record.leakprobe = value.text("leakprobe");
  record.build = value.text("build");
  const Value& plugins = value.mapping("plugins");
  for (const Value::Entry& entry : plugins.entries()) {
    record.plugins[entry.key] = plugins.text(entry.key);
  }
  for (const Value& file : value.maps("files")) {
    record.files.push_back({file.text("parameter"), file.text("file"), file.text("hash")});
  }
  return record;
}

Value Circumstances::to_value() const {
  Value value = Value::map();
  add_circumstances(value, *this);
  return value;
}

Circumstances Circumstances::of(const Value& value) {
  return read_circumstances(value, Fields::all);
}

Value EnvironmentRecord::to_value() const {
  Value value = Value::map();
  value.set("version", kEnvironmentVersion);
  value.set("leakprobe", leakprobe);
  value.set("api_version", api_version);
  value.set("headers", headers);
  value.set("processor", processor);
  add_circumstances(value, circumstances);
  value.set("model_path", model_path);
  Value libraries = Value::list();
  for (const auto& [library, hash] : plugins) {
    Value entry = Value::map();
    entry.set("library", library);
    entry.set("sha256", hash);
    libraries.push_back(std::move(entry));
  }
  value.set("plugins", std::move(libraries));
  if (identity) value.set("identity", identity->to_value());
  return value;
}

EnvironmentRecord EnvironmentRecord::of(const Value& value) {
  if (!value.is_map()) value.fail("expected a mapping, found " + value.describe());
  if (value.has("version") && value.integer("version") != kEnvironmentVersion) {
    value.fail("version", "this version is not known");
  }
  EnvironmentRecord record;
  record.leakprobe = text_if_there(value, "leakprobe");
  if (value.has("api_version")) record.api_version = value.integer("api_version");
  record.headers = text_if_there(value, "headers");
  record.processor = text_if_there(value, "processor");
  record.circumstances = read_circumstances(value, Fields::some);
  record.model_path = text_if_there(value, "model_path");
  if (value.has("plugins")) {
    for (const Value& library : value.maps("plugins")) {
      record.plugins.emplace_back(library.text("library"), library.text("sha256"));
    }
  }
  if (value.has("identity")) record.identity = IdentityRecord::of(value.mapping("identity"));
  return record;
}

EnvironmentRecord read_environment(const std::filesystem::path& directory) {
  return EnvironmentRecord::of(read_json(directory / kEnvironmentFile));
}

}  // namespace leakprobe
