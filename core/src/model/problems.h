#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// What is wrong with a model's file, and what to do about it.
class Problems {
 public:
  /// `remedy` completes the sentence behind a semicolon.
  void add(std::string what, std::string remedy);
  /// Forgets those that end so.
  void forget(std::string_view ending);
  bool empty() const { return problems_.empty(); }
  /// "a; b; and 3 more; take another file": the first problems, and each remedy once.
  std::string text() const;

 private:
  struct Problem {
    std::string what;
    std::string remedy;
  };
  std::vector<Problem> problems_;
};

}  // namespace leakprobe
