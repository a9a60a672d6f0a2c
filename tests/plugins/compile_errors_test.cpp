#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// tests/compile_errors/<case>.cpp: each a plugin with one mistake, and in its first line
/// "// error: <the sentence that the compiler says>" or "// compiles".
struct Case {
  std::string name;
  std::string sentence;  ///< "" where it compiles
};

std::vector<Case> cases() {
  std::vector<Case> cases;
  for (const auto& entry : fs::directory_iterator(LEAKPROBE_COMPILE_ERRORS)) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream file(entry.path());
    std::string line;
    std::getline(file, line);
    const std::string error = "// error: ";
    EXPECT_TRUE(line.starts_with(error) || line == "// compiles") << entry.path();
    cases.push_back(
        {entry.path().stem().string(), line.starts_with(error) ? line.substr(error.size()) : ""});
  }
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return a.name < b.name; });
  return cases;
}

/// One file that includes all cases, each in a namespace of its own: a compilation each would take
/// minutes.
std::string together(const std::vector<Case>& cases) {
  std::string text =
      "#include <leakprobe/plugin.h>\n"
      "#undef LEAKPROBE_PLUGIN\n"  // it defines a symbol that is there once a library
      "#define LEAKPROBE_PLUGIN(registrar) [[maybe_unused]] static void "
      "leakprobe_register_plugins(::leakprobe::Registrar& registrar)\n";
  for (const Case& one : cases) {
    text += "namespace case_" + one.name + " {\n#include \"" LEAKPROBE_COMPILE_ERRORS "/" +
            one.name + ".cpp\"\n}\n";
  }
  return text;
}

std::vector<std::string> lines_of_compiler(const std::string& source) {
  const fs::path path = fs::path(::testing::TempDir()) / "compile_errors.cpp";
  std::ofstream(path) << source;
  const std::string torch = LEAKPROBE_BUILD_FOLDER "/libtorch-include";
  // The compiler's own sentences have other quotes and words elsewhere.
  const std::string command =
      "LC_ALL=C " LEAKPROBE_COMPILER
      " -std=c++20 -fsyntax-only -fno-diagnostics-show-caret -fmax-errors=0 "
      "-I" LEAKPROBE_SOURCE_FOLDER "/core/include -I" LEAKPROBE_BUILD_FOLDER
      "/generated -isystem " +
      torch + " -isystem " + torch + "/torch/csrc/api/include " + path.string() + " 2>&1";
  std::vector<std::string> lines;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string line;
  for (int c; (c = std::fgetc(pipe.get())) != EOF;) {
    if (c != '\n') {
      line += static_cast<char>(c);
    } else {
      lines.push_back(std::exchange(line, ""));
    }
  }
  return lines;
}

/// The errors of each case: the compiler says first where a template was used, and there the case.
std::map<std::string, std::vector<std::string>> errors_by_case() {
  std::map<std::string, std::vector<std::string>> errors;
  std::string current;
  for (const std::string& line : lines_of_compiler(together(cases()))) {
    const std::string folder = LEAKPROBE_COMPILE_ERRORS "/";
    if (const size_t at = line.find(folder); at != std::string::npos) {
      current = line.substr(at + folder.size());
      current.erase(current.find(".cpp"));
    }
    const std::string error = ": error: ";
    if (const size_t at = line.find(error); at != std::string::npos) {
      std::string text = line.substr(at + error.size());
      const std::string asserted = "static assertion failed: ";
      if (text.starts_with(asserted)) text.erase(0, asserted.size());
      errors[current].push_back(text);
    }
  }
  return errors;
}

TEST(CompileErrors, AreOneSentenceAMistake) {
  const auto errors = errors_by_case();
  for (const Case& one : cases()) {
    std::vector<std::string> expected;
    if (!one.sentence.empty()) expected.push_back(one.sentence);
    const auto found = errors.find(one.name);
    EXPECT_EQ(found == errors.end() ? std::vector<std::string>() : found->second, expected)
        << one.name;
  }
}

}  // namespace
}  // namespace leakprobe
