#include "workbench/example_files.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "config/yaml_document.h"
#include "format/files.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/error.h"
#include "leakprobe/value.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// How the first line of an experiment names its schema to editors.
constexpr std::string_view kSchemaLine = "# yaml-language-server: $schema=";
/// What is written anew, since it depends on the plugins that there are.
constexpr const char* kWholeSchema = "experiment.schema.json";

void add_strings(const Value& value, std::vector<std::string>& strings) {
  if (value.is_string()) strings.push_back(value.as_string());
  if (value.is_list()) {
    for (const Value& item : value.as_list()) add_strings(item, strings);
  }
  if (value.is_map()) {
    for (const Value::Entry& entry : value.entries()) add_strings(entry.value, strings);
  }
}

std::vector<std::string> strings_in(const std::string& yaml, const fs::path& file) {
  Diagnostics diagnostics;
  YamlBudget budget;
  const std::optional<Value> value = parse_yaml(yaml, file.string(), diagnostics, budget);
  if (!value || diagnostics.has_errors()) throw Error(diagnostics.sorted().front().text());
  std::vector<std::string> strings;
  add_strings(*value, strings);
  return strings;
}

/// The file below `root` that a string in `file` names; "" where it names none.
fs::path named_file(const fs::path& root, const fs::path& file, const std::string& text) {
  const fs::path named = (file.parent_path() / text).lexically_normal();
  if (named.empty() || named.is_absolute() || *named.begin() == "..") return {};
  std::error_code none;
  return fs::is_regular_file(root / named, none) ? named : fs::path();
}

bool is_below(const fs::path& file, const fs::path& folder) {
  return folder.empty() || file.string().starts_with(folder.string() + "/");
}

fs::path folder_of_all(const std::map<fs::path, std::string>& files) {
  fs::path folder = files.begin()->first.parent_path();
  for (const auto& [file, text] : files) {
    while (!is_below(file, folder)) folder = folder.parent_path();
  }
  return folder;
}

fs::path without(const fs::path& folder, const fs::path& file) {
  return folder.empty() ? file : file.lexically_relative(folder);
}

/// The schema that a file's first line names; "" where it names none.
std::string named_schema(const std::string& text) {
  if (!text.starts_with(kSchemaLine)) return "";
  return text.substr(kSchemaLine.size(), text.find('\n') - kSchemaLine.size());
}

/// `text` of the copy `file`, whose schema lies at the top of the folder.
std::string with_schema_on_top(const std::string& text, const fs::path& file) {
  const std::string named = named_schema(text);
  if (named.empty()) return text;
  std::string up;
  for ([[maybe_unused]] const fs::path& folder : file.parent_path()) up += "../";
  return std::string(kSchemaLine) + up + fs::path(named).filename().string() +
         text.substr(kSchemaLine.size() + named.size());
}

void replace_all(std::string& text, const std::string& old, const std::string& by) {
  for (size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += by.size()) {
    text.replace(at, old.size(), by);
  }
}

/// `text` with the commands in its comments as they are typed in the copy's folder.
std::string with_own_commands(const std::string& text, const ExampleCopy& copy,
                              const fs::path& folder) {
  std::string changed;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    std::string line = text.substr(begin, end - begin);
    if (line.starts_with("#")) {
      for (const auto& [file, content] : copy.files) {
        replace_all(line, "examples/" + (folder / file).string(), file.string());
      }
    }
    changed += line;
    begin = end;
  }
  return changed;
}

/// The schema `named`, and the one of whole experiments, of which all others are parts.
void add_schema(ExampleCopy& copy, const fs::path& named, const std::string& whole) {
  const fs::path name = named.filename();
  copy.files.emplace(kWholeSchema, whole);
  if (name != kWholeSchema) copy.files.emplace(name, read_file(named));
}

}  // namespace

std::map<fs::path, std::string> files_of_example(const fs::path& root, const fs::path& file) {
  std::map<fs::path, std::string> files;
  std::vector<fs::path> waiting = {file};
  while (!waiting.empty()) {
    const fs::path next = std::move(waiting.back());
    waiting.pop_back();
    if (files.contains(next)) continue;
    const std::string& text = files[next] = read_file(root / next);
    if (next.extension() != ".yaml") continue;
    for (const std::string& string : strings_in(text, root / next)) {
      fs::path named = named_file(root, next, string);
      if (!named.empty()) waiting.push_back(std::move(named));
    }
  }
  return files;
}

ExampleCopy copy_of_example(const fs::path& root, const fs::path& file, const std::string& schema) {
  const std::map<fs::path, std::string> originals = files_of_example(root, file);
  const fs::path folder = folder_of_all(originals);
  ExampleCopy copy;
  copy.file = without(folder, file);
  for (const auto& [original, text] : originals)
    copy.files.emplace(without(folder, original), text);
  const ExampleCopy named = copy;
  for (const auto& [path, text] : named.files) {
    if (path.extension() != ".yaml") continue;
    if (const std::string own = named_schema(text); !own.empty()) {
      add_schema(copy, root / folder / path.parent_path() / own, schema);
    }
    copy.files[path] = with_own_commands(with_schema_on_top(text, path), named, folder);
  }
  return copy;
}

}  // namespace leakprobe
