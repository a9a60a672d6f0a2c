#pragma once

#include <cstdint>
#include <string>

#include "leakprobe/diagnostic.h"

namespace leakprobe::texts {

/// Mistakes in a file, of which the first ones are told and the others counted.
class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  void add(int64_t line, std::string message, std::string hint = "") {
    add({file_, static_cast<int>(line)}, std::move(message), std::move(hint));
  }
  void add(Place place, std::string message, std::string hint = "");
  const std::string& file() const { return file_; }
  bool any() const { return count_ > 0; }
  /// Throws DiagnosedError where there are any.
  void require_none() const;

 private:
  std::string file_;
  Diagnostics told_;
  int64_t count_ = 0;
};

}  // namespace leakprobe::texts
