#include "run/manifest.h"

#include <algorithm>
#include <system_error>
#include <utility>

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
      Value file = Value::map();
      file.set("bytes", static_cast<int64_t>(fs::file_size(directory / name, ignored)));
      file.set("xxh3_128", hash_of_file(directory / name));
      manifest.set(name.generic_string(), std::move(file));
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
    const JsonValue then = manifest->at(name);
    // Its size alone tells of most changes, and a file that somebody made huge is not read.
    const bool same = static_cast<int64_t>(fs::file_size(file, ignored)) == then.get_int("bytes") &&
                      hash_of_file(file) == then.get_string("xxh3_128");
    if (!same) altered.push_back(name);
  }
  return altered;
}

std::string altered_text(const std::vector<std::string>& names) {
  return enumerate(names) + (names.size() == 1 ? " was" : " were") +
         " altered after the run was complete";
}

}  // namespace leakprobe
