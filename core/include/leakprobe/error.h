#pragma once

#include <stdexcept>
#include <string>

namespace leakprobe {

/// A failure of the environment: a missing file, a bad header, memory that is not there.
/// The message is one sentence for the user: the place, what is wrong and what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by LEAKPROBE_CHECK: a programmer's mistake, never a user's.
class CheckError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] inline void check_failed(const char* file, int line, const std::string& message) {
  throw CheckError(std::string(file) + ":" + std::to_string(line) + ": " + message);
}

}  // namespace leakprobe

/// Holds in every correct program; throws CheckError with the place otherwise.
#define LEAKPROBE_CHECK(condition, message)                                     \
  do {                                                                          \
    if (!(condition)) ::leakprobe::check_failed(__FILE__, __LINE__, (message)); \
  } while (false)
