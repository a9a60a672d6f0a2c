#pragma once

#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace leakprobe::cli {

/// A finished run as a report reads it, written without training.
struct RunFolder {
  std::string name = "experiment";
  std::string digest = "0123456789abcdef";
  std::string compute = "float32";
  double lr = 1e-3;
  int seed = 0;
  std::string verdict = "VALID";
  std::string reason;
  double leak = 0;
  double control = 0;
  /// What it claims beside `leak`, which is then called "first": name and leak.
  std::vector<std::pair<std::string, double>> further;
  /// Values of gates, {phase, name, value}.
  std::vector<std::tuple<std::string, std::string, double>> gates;
  /// Those of `gates` with one of these names were waived, and did not hold.
  std::vector<std::string> missed;

  void write(const std::filesystem::path& directory) const;
};

/// Makes status.json say that the files which it lists are as they were when the run was complete.
void vouch_again(const std::filesystem::path& run);

}  // namespace leakprobe::cli
