#include "config/extending_files.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "config/yaml_document.h"
#include "format/files.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/error.h"
#include "leakprobe/value.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// So many are read at most: it is only for a hint.
constexpr size_t kMostFiles = 400;
constexpr int kFoldersUp = 2;

fs::path identity(const fs::path& path) {
  std::error_code ignored;
  return fs::weakly_canonical(path, ignored);
}

std::vector<fs::path> experiments_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, failed), end;
       !failed && entry != end; entry.increment(failed)) {
    const std::string extension = entry->path().extension().string();
    if (extension != ".yaml" && extension != ".yml") continue;
    files.push_back((folder / entry->path().filename()).lexically_normal());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The names under `extends`, wherever in a tree they stand.
void collect_extended(const Value& value, std::vector<std::string>& names) {
  if (value.is_list()) {
    for (const Value& element : value.as_list()) collect_extended(element, names);
  } else if (value.is_map()) {
    for (const Value::Entry& entry : value.entries()) {
      if (entry.key != "extends") {
        collect_extended(entry.value, names);
      } else if (entry.value.is_string()) {
        names.push_back(entry.value.as_string());
      } else if (entry.value.is_list()) {
        for (const Value& name : entry.value.as_list()) {
          if (name.is_string()) names.push_back(name.as_string());
        }
      }
    }
  }
}

std::vector<std::string> extended_by(const fs::path& file) {
  std::vector<std::string> names;
  try {
    Diagnostics ignored;
    YamlBudget budget;
    const std::string text = read_file(file, kMaxYamlBytes);
    const std::optional<Value> document = parse_yaml(text, file.string(), ignored, budget);
    if (document) collect_extended(*document, names);
  } catch (const Error&) {
  }
  return names;
}

/// The files that extend each one, by the identity of what is extended.
using Extending = std::map<fs::path, std::vector<fs::path>>;

Extending extending_near(const fs::path& file) {
  Extending extending;
  fs::path folder = file.parent_path();
  size_t read = 0;
  for (int up = 0; up <= kFoldersUp; ++up, folder = (folder / "..").lexically_normal()) {
    for (const fs::path& other : experiments_in(folder)) {
      if (++read > kMostFiles) return extending;
      for (const std::string& name : extended_by(other)) {
        extending[identity(other.parent_path() / name)].push_back(other);
      }
    }
  }
  return extending;
}

}  // namespace

std::vector<fs::path> files_that_extend(const fs::path& file) {
  const Extending extending = extending_near(file);
  std::vector<fs::path> found;
  std::vector<fs::path> waiting = {identity(file)};
  std::set<fs::path> seen = {waiting.front()};
  while (!waiting.empty()) {
    const auto by = extending.find(waiting.back());
    waiting.pop_back();
    if (by == extending.end()) continue;
    for (const fs::path& other : by->second) {
      const fs::path known = identity(other);
      if (!seen.insert(known).second) continue;
      if (!extending.contains(known)) found.push_back(other);
      waiting.push_back(known);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace leakprobe
