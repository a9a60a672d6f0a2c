#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "leakprobe/diagnosed_error.h"

namespace leakprobe::canary {

/// A carrier's file in a folder of the test's own.
class OwnCarrier : public ::testing::Test {
 protected:
  OwnCarrier() {
    std::string pattern = (std::filesystem::temp_directory_path() / "carrierXXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~OwnCarrier() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& content) const {
    const std::filesystem::path file = folder_ / "carrier.txt";
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }
  /// All that is thrown by a call, a line each, without the folder.
  template <class Call>
  std::string mistakes(Call call) const {
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

}  // namespace leakprobe::canary
