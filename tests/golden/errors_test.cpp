#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/host/workbench.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing_support::file_text;
using testing_support::source_folder;

fs::path errors_folder() { return source_folder() / "tests/errors"; }

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(errors_folder())) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The machine's own folders would differ from one to the next.
std::string without_folders(std::string text) {
  for (const auto& [path, name] :
       {std::pair{errors_folder(), "<folder>"}, {source_folder(), "<project>"}}) {
    const std::string folder = path.string();
    for (size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
      text.replace(at, folder.size(), name);
    }
  }
  return text;
}

/// What `leakprobe validate` prints for the case, run in the folder of the cases.
std::string diagnostics_of(const std::string& name) {
  fs::current_path(errors_folder());
  setenv("HF_HUB_CACHE", "/nonexistent/hub", 1);
  static const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  std::string text;
  for (const Diagnostic& diagnostic : workbench.validate({name + ".yaml", {}})) {
    text += diagnostic.text() + "\n";
  }
  return without_folders(text);
}

class MalformedExperiment : public testing::TestWithParam<std::string> {};

TEST_P(MalformedExperiment, IsRefusedWithExactlyTheseWords) {
  const fs::path expected = errors_folder() / (GetParam() + ".expected");
  const std::string found = diagnostics_of(GetParam());
  EXPECT_NE(found.find(": error: "), std::string::npos) << "nothing was refused";
  // LEAKPROBE_UPDATE_EXPECTED=1 writes what is found; read the difference before committing it.
  if (std::getenv("LEAKPROBE_UPDATE_EXPECTED") != nullptr) {
    std::ofstream(expected, std::ios::binary) << found;
    return;
  }
  EXPECT_EQ(found, file_text(expected));
}

INSTANTIATE_TEST_SUITE_P(, MalformedExperiment, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace leakprobe
