#include "model/model_folder.h"

#include <string>
#include <system_error>

#include "format/file_kind.h"
#include "format/files.h"
#include "format/json.h"
#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// The first file of the folder that ends so, "" where there is none.
std::string file_with(const fs::path& folder, const std::string& ending) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(ending)) return name;
  }
  return "";
}

/// The name of the base model that an adapter says, quoted, "" where it says none.
std::string base_of(const fs::path& adapter) {
  try {
    const auto base = JsonValue::read(adapter).find_string("base_model_name_or_path");
    return base ? " of " + quote(*base) : "";
  } catch (const Error&) {
    return "";
  }
}

void refuse_adapter(const fs::path& folder, const std::string& shown) {
  const fs::path adapter = folder / "adapter_config.json";
  if (!is_there(adapter)) return;
  throw Error(shown + ": holds an adapter" + base_of(adapter) +
              " (adapter_config.json), which is not applied here; merge it into its model (PEFT: "
              "merge_and_unload) and name the folder with the result");
}

/// What stands in a folder that has no config.json.
std::string instead(const fs::path& folder) {
  if (const std::string gguf = file_with(folder, ".gguf"); !gguf.empty()) {
    return "it holds the GGUF file " + quote(gguf) + ": name that file";
  }
  if (is_there(folder / "params.json")) {
    return "it is in its makers' own format (params.json): take the Hugging Face one";
  }
  if (is_there(folder / "snapshots")) {
    return "it is a repository of the Hugging Face cache: name the model as owner/name";
  }
  return "name a Hugging Face model folder or a .gguf file";
}

}  // namespace

void require_model_folder(const fs::path& path) {
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  const fs::path folder = is_folder ? path : path.parent_path();
  if (is_folder) {
    require_folder(path);
  } else {
    const std::string foreign = foreign_format(MappedFile(path).bytes());
    if (!foreign.empty()) throw Error(path.string() + ": " + foreign);
  }
  refuse_adapter(folder, path.string());
  if (is_there(folder / "config.json")) return;
  throw Error(path.string() + ": this is no model: there is no config.json; " + instead(folder));
}

}  // namespace leakprobe
