#include "run/manifest.h"

#include <algorithm>
#include <system_error>

#include "compose/run_files.h"
#include "compose/words.h"
#include "format/content_hash.h"
#include "format/json.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Whoever made the folder wrote the names: one must not lead out of it.
bool stays_inside(const fs::path& name) {
  return name.is_relative() && std::find(name.begin(), name.end(), "..") == name.end();
}

}  // namespace

Value manifest_of(const fs::path& directory) {
  Value manifest = Value::map();
  std::error_code ignored;
  const auto add = [&](const fs::path& name) {
    if (fs::is_regular_file(directory / name, ignored)) {
      manifest.set(name.generic_string(), hash_of_file(directory / name));
    }
  };
  for (const char* name : {"config.yaml", "environment.json", "result.json", "ledger.json",
                           "metrics.jsonl", "items.jsonl"}) {
    add(name);
  }
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(directory / kCheckpoints, ignored)) {
    add(entry.path().lexically_relative(directory));
  }
  return manifest;
}

std::vector<std::string> altered_files(const fs::path& directory, bool checkpoints) {
  std::vector<std::string> altered;
  std::error_code ignored;
  if (!fs::is_regular_file(directory / "status.json", ignored)) return altered;
  const auto manifest = JsonValue::read(directory / "status.json").find("files");
  if (!manifest) return altered;
  for (const std::string& name : manifest->keys()) {
    if (!stays_inside(name) || (!checkpoints && name.starts_with(kCheckpoints))) continue;
    const fs::path file = directory / name;
    if (!fs::is_regular_file(file, ignored)) continue;
    if (hash_of_file(file) != manifest->get_string(name)) altered.push_back(name);
  }
  return altered;
}

std::string altered_text(const std::vector<std::string>& names) {
  return enumerate(names) + (names.size() == 1 ? " was" : " were") +
         " altered after the run was complete";
}

}  // namespace leakprobe
