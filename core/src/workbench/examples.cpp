#include "leakprobe/host/examples.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "config/load_experiment.h"
#include "config/yaml_document.h"
#include "format/files.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"
#include "text/quote.h"
#include "workbench/bundled.h"
#include "workbench/example_files.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

fs::path examples_folder() { return share_folder() / "examples"; }

/// The list of examples, a mapping of their names.
Value read_list(const fs::path& file) {
  Diagnostics diagnostics;
  YamlBudget budget;
  std::optional<Value> list = parse_yaml(read_file(file), file.string(), diagnostics, budget);
  if (!list || diagnostics.has_errors()) throw Error(diagnostics.sorted().front().text());
  if (!list->is_map()) list->fail("is no mapping of names to examples");
  return *list;
}

Example example_called(const std::string& name) {
  std::vector<std::string> names;
  for (Example& example : examples()) {
    if (example.name == name) return std::move(example);
    names.push_back(example.name);
  }
  throw UsageError("there is no example " + quote(name) + "; " + suggest(name, names, "examples"));
}

bool holds(const fs::path& path, const std::string& text) {
  std::error_code unknown;
  return fs::is_regular_file(path, unknown) && fs::file_size(path, unknown) == text.size() &&
         !unknown && read_file(path) == text;
}

/// Throws UsageError where a file of the copy cannot be written, or would overwrite another.
void require_place(const ExampleCopy& copy, const fs::path& folder) {
  for (const auto& [file, text] : copy.files) {
    const fs::path path = folder / file;
    if (const std::string why = why_no_folder(path.parent_path()); !why.empty()) {
      throw UsageError(why);
    }
    if (is_taken(path) && !holds(path, text)) {
      throw UsageError(printable(path.string()) +
                       " is there already and differs from the example's; name another folder");
    }
  }
}

bool is_sweep(const fs::path& file) {
  Diagnostics ignored;
  return load_experiment(file, {}, ignored).has("sweep");
}

}  // namespace

std::vector<Example> examples() {
  std::vector<Example> all;
  const Value list = read_list(examples_folder() / "examples.yaml");
  for (const Value::Entry& entry : list.entries()) {
    all.push_back({entry.key, entry.value.text("file"), entry.value.text("question"),
                   entry.value.number("minutes"), entry.value.find_text("needs")});
  }
  return all;
}

CopiedExample copy_example(const std::string& name, const fs::path& folder, const Value& schema) {
  CopiedExample copied;
  copied.example = example_called(name);
  const ExampleCopy copy =
      copy_of_example(examples_folder(), copied.example.file, to_pretty_json(schema) + "\n");
  require_place(copy, folder);
  for (const auto& [file, text] : copy.files) {
    const fs::path path = folder / file;
    create_folders(path.parent_path());
    if (!is_taken(path)) write_new_file(path, text);
    copied.files.push_back(path);
  }
  copied.file = folder / copy.file;
  copied.is_sweep = is_sweep(copied.file);
  return copied;
}

}  // namespace leakprobe::host
