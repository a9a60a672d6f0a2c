#include "support/run_helpers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "format/json_to_value.h"
#include "leakprobe/host/workbench.h"
#include "leakprobe/kit/test_context.h"
#include "plugin/search.h"
#include "records/written.h"

namespace leakprobe::testing_support {
namespace {

namespace fs = std::filesystem;

/// Deletes the folders of this process at its end.
class Scratch {
 public:
  Scratch() : root_(fs::temp_directory_path() / ("leakprobe-test-" + std::to_string(getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  fs::path folder(const std::string& name) {
    fs::path path = root_ / (name + "-" + std::to_string(next_++));
    fs::create_directories(path);
    return path;
  }

 private:
  fs::path root_;
  int next_ = 0;
};

}  // namespace

fs::path source_folder() { return LEAKPROBE_SOURCE_FOLDER; }

fs::path fixture(const std::string& name) { return source_folder() / "tests/fixtures" / name; }

std::vector<std::string> devices() {
  std::vector<std::string> names;
  for (const torch::Device device : leakprobe::kit::devices()) names.push_back(device.str());
  return names;
}

fs::path fresh_folder(const std::string& name) {
  static Scratch scratch;
  return scratch.folder(name);
}

fs::path run_once(const fs::path& experiment, const std::vector<std::string>& overrides) {
  const fs::path out = fresh_folder(experiment.stem().string()) / "run";
  try {
    const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
    host::RunOptions options;
    options.out = out;
    workbench.run({experiment, overrides}, options);
  } catch (const host::InvalidExperiment& invalid) {
    for (const Diagnostic& diagnostic : invalid.diagnostics()) ADD_FAILURE() << diagnostic.text();
  } catch (const std::exception& failure) {
    ADD_FAILURE() << failure.what();
  }
  return out;
}

Registry& registry() {
  static Registry registry = [] {
    Registry loaded;
    loaded.load(plugin_search_path({}, nullptr, LEAKPROBE_PROGRAM));
    return loaded;
  }();
  return registry;
}

void vouch_again(const fs::path& run) {
  Value status = to_value(JsonValue::read(run / "status.json"));
  for (Value::Entry& file : status.find("files")->entries()) {
    file.value = written_now(run / file.key).to_value();
  }
  status.erase("files_xxh3_128");  // of the list as it was
  std::ofstream(run / "status.json") << to_json(status);
}

std::string file_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<JsonValue> json_lines(const fs::path& file) {
  std::vector<JsonValue> records;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    records.push_back(JsonValue::parse(line, file.string()));
  }
  return records;
}

}  // namespace leakprobe::testing_support
