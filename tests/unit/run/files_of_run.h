#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "run/stub_engine.h"

namespace leakprobe::run_test {

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// What two equal runs have in common, by name: records, items, ledger, experiment, checkpoints.
inline std::map<std::string, std::string> files_of_run(const std::string& folder = "run") {
  namespace fs = std::filesystem;
  const fs::path run = run_folder(folder);
  std::map<std::string, std::string> files;
  for (const char* name :
       {"metrics.jsonl", "items.jsonl", "drain.txt", "ledger.json", "config.yaml"}) {
    files[name] = content_of(run / name);
  }
  if (fs::is_directory(run / "checkpoints")) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(run / "checkpoints")) {
      if (!entry.is_regular_file()) continue;
      files[fs::relative(entry.path(), run).string()] = content_of(entry.path());
    }
  }
  return files;
}

/// The weights that a phase of a run left.
inline std::string checkpoint_of(const std::string& phase, const std::string& folder = "run") {
  return content_of(run_folder(folder) / "checkpoints" / phase / "model.safetensors");
}

}  // namespace leakprobe::run_test
