#pragma once

#include <string>

namespace leakprobe {

/// What is wrong, in the user's words, and what to do.
struct SyntaxProblem {
  std::string message;
  std::string hint;
};

/// Explains what the YAML library said.
SyntaxProblem explain_yaml_error(const std::string& library_message);

}  // namespace leakprobe
