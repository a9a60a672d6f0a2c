#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

#include "config/yaml_document.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// All diagnostics as the user sees them, a newline after each.
inline std::string texts(const Diagnostics& diagnostics) {
  std::string all;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) all += diagnostic.text() + "\n";
  return all;
}

/// The value of a YAML text that is expected to be good.
inline Value yaml(const std::string& text, const std::string& file = "test.yaml") {
  Diagnostics diagnostics;
  YamlBudget budget;
  std::optional<Value> value = parse_yaml(text, file, diagnostics, budget);
  if (!value || diagnostics.has_errors()) throw std::runtime_error(texts(diagnostics));
  return *std::move(value);
}

/// What reading a YAML text reports.
inline std::string yaml_problems(const std::string& text) {
  Diagnostics diagnostics;
  YamlBudget budget;
  parse_yaml(text, "test.yaml", diagnostics, budget);
  return texts(diagnostics);
}

/// A folder of files that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("leakprobe-config-" + std::to_string(std::random_device()()))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }
  /// `text` with the folder's path taken out of it.
  std::string shorten(std::string text) const {
    const std::string prefix = path_.string() + "/";
    for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace leakprobe
