#include <algorithm>
#include <cctype>
#include <utility>

#include "format/files.h"
#include "plugin/guard.h"
#include "plugin/staging.h"
#include "text/quote.h"
#include "workbench/bundled.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

/// The files of which projects are made: a folder for each kind.
fs::path templates_of(Kind kind) { return share_folder() / "templates" / name_of(kind); }

/// The folder of leakprobeConfig.cmake.
fs::path package_folder() {
  const fs::path installed = library_folder() / "cmake" / "leakprobe";
  return is_there(installed / "leakprobeConfig.cmake") ? installed
                                                       : library_folder().parent_path() / "cmake";
}

/// "acme.npo" as the name of a file, "acme_npo".
std::string stem_of(std::string name) {
  std::ranges::replace(name, '.', '_');
  return name;
}

/// "acme.npo" as a part of the name of a class, "AcmeNpo".
std::string in_capitals(const std::string& name) {
  std::string result;
  bool begins = true;
  for (const char c : name) {
    const bool parts = c == '.' || c == '_';
    if (!parts) {
      result += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    }
    begins = parts;
  }
  return result;
}

/// What stands in the files, and what is put in its place.
using Replacements = std::vector<std::pair<std::string, std::string>>;

Replacements replacements(Kind kind, const std::string& name) {
  const std::string word(name_of(kind));
  return {{"example." + word, name},
          {"example_" + word, stem_of(name)},
          {"Example" + in_capitals(word), in_capitals(name) + in_capitals(word)}};
}

std::string with(const Replacements& replacements, std::string text) {
  for (const auto& [old, own] : replacements) {
    for (size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += own.size()) {
      text.replace(at, old.size(), own);
    }
  }
  return text;
}

void require_nothing_in(const fs::path& folder) {
  if (!is_taken(folder)) return;
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) {
    throw UsageError(printable(folder.string()) +
                     " is there already and no folder; name another one with --dir");
  }
  require_folder(folder);
  if (!fs::is_empty(folder)) {
    throw UsageError("the folder " + printable(folder.string()) +
                     " is not empty; name another one with --dir, or empty it");
  }
}

std::vector<fs::path> files_in(const fs::path& folder) {
  require_folder(folder);
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

NewProject Workbench::new_project(Kind kind, const std::string& name,
                                  const fs::path& folder) const {
  if (!is_plugin_name(name)) {
    throw UsageError(quote(name) +
                     " is no name for a plugin: a name is short and snake_case, with its author's "
                     "before a dot, such as 'acme.npo'");
  }
  if (const RegisteredPlugin* other = state_->registry.find_plugin(kind, name)) {
    throw UsageError(plugin_text(kind, name) + " is there already, in " +
                     printable(other->library.string()) + "; choose another name, such as " +
                     quote("acme." + name.substr(name.rfind('.') + 1)));
  }
  NewProject project;
  project.stem = stem_of(name);
  project.folder = folder.empty() ? fs::path(project.stem) : folder;
  project.package = package_folder();
  require_nothing_in(project.folder);
  const Replacements own = replacements(kind, name);
  const std::vector<fs::path> templates = files_in(templates_of(kind));
  create_folders(project.folder);
  for (const fs::path& file : templates) {
    const std::string file_name = with(own, file.filename().string());
    write_new_file(project.folder / file_name, with(own, read_file(file)));
    project.files.push_back(file_name);
  }
  std::ranges::sort(project.files);
  return project;
}

}  // namespace leakprobe::host
