#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe::canary {

/// What secrets are drawn from, by name: texts that stand for themselves.
using Alphabets = std::map<std::string, std::vector<std::string>>;

/// How canaries look: " The code of the gate is {digits:6}." is a secret of six digits between two
/// texts that are the same for all.
struct Pattern {
  std::string before, after;
  std::vector<std::string> symbols;  ///< of the secret's alphabet
  int64_t length = 0;                ///< symbols of a secret

  /// How many secrets there are.
  double secrets() const;
};

/// `own` alphabets stand beside digits, letters and hex. Throws Error where the text has not one
/// place for a secret, or its alphabet is unknown or has less than two different texts.
Pattern read_pattern(std::string_view text, const Alphabets& own);

}  // namespace leakprobe::canary
