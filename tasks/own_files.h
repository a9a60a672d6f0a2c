#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "leakprobe/diagnosed_error.h"
#include "leakprobe/error.h"

namespace leakprobe::texts {

/// Files in a folder of the test's own.
class OwnFiles : public ::testing::Test {
 protected:
  OwnFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "textsXXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~OwnFiles() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  /// All that a call throws, a line each, without the folder.
  template <class Call>
  std::string thrown_by(const Call& call) const {
    std::string text;
    try {
      call();
    } catch (const DiagnosedError& found) {
      for (const Diagnostic& each : found.diagnostics()) text += each.text() + "\n";
    } catch (const Error& error) {
      text = std::string(error.what()) + "\n";
    }
    const std::string folder = folder_.string() + "/";
    for (size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
      text.erase(at, folder.size());
    }
    return text;
  }

  std::filesystem::path folder_;
};

}  // namespace leakprobe::texts
