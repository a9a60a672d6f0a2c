#pragma once

#include <string>
#include <utility>
#include <vector>

#include "leakprobe/diagnostic.h"
#include "leakprobe/error.h"

namespace leakprobe {

/// What is wrong in files that a plugin's options name, all at once: thrown by `facts` or a
/// constructor, it becomes as many diagnostics, each with its own place (the plugin's, where it
/// names none) and the plugin's path.
class DiagnosedError : public Error {
 public:
  /// At least one. As an Error it is the first of them and how many follow.
  explicit DiagnosedError(std::vector<Diagnostic> diagnostics)
      : Error(text_of(diagnostics)), diagnostics_(std::move(diagnostics)) {}
  explicit DiagnosedError(Diagnostic diagnostic)
      : DiagnosedError(std::vector<Diagnostic>{std::move(diagnostic)}) {}

  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  static std::string text_of(const std::vector<Diagnostic>& diagnostics) {
    LEAKPROBE_CHECK(!diagnostics.empty(), "a DiagnosedError without diagnostics");
    const Diagnostic& first = diagnostics.front();
    const std::string place = to_string(first.place);
    const std::string hint = first.hint.empty() ? "" : "; " + first.hint;
    const size_t more = diagnostics.size() - 1;
    return (place.empty() ? "" : place + ": ") + first.message + hint +
           (more == 0 ? "" : " (and " + std::to_string(more) + " more)");
  }
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace leakprobe
