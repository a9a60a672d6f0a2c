#include "plugin/search.h"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "leakprobe/error.h"

namespace leakprobe {

std::vector<SearchEntry> plugin_search_path(const std::vector<std::filesystem::path>& named,
                                            const char* environment,
                                            const std::filesystem::path& program) {
  std::vector<SearchEntry> entries;
  for (const std::filesystem::path& path : named) {
    if (!path.empty()) entries.push_back({path, "--plugin-path"});
  }
  for (std::string_view rest = environment ? environment : ""; !rest.empty();) {
    const size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) entries.push_back({rest.substr(0, end), kPathVariable});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!program.empty()) {
    // Symbolic links to the program are followed: the plugins lie beside the real one.
    std::error_code failed;
    std::filesystem::path real = std::filesystem::canonical(program, failed);
    if (!failed) {
      entries.push_back({real.parent_path().parent_path() / "lib" / "leakprobe" / "plugins", ""});
    }
  }
  return entries;
}

std::vector<std::filesystem::path> libraries_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> libraries;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().extension() == ".so") libraries.push_back(entry->path());
  }
  if (failed) {
    throw Error(folder.string() + ": this folder of plugins cannot be read: " + failed.message() +
                "; check its permissions");
  }
  std::sort(libraries.begin(), libraries.end());
  return libraries;
}

}  // namespace leakprobe
