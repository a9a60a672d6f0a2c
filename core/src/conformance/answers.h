#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

namespace leakprobe {

/// What a plugin said to all that it was asked, to the last bit.
class Answers {
 public:
  /// `what` says what was asked, for messages: "row 3 of set 'useful'".
  void add(std::string what, std::string bytes);
  void add(std::string what, double number);
  void add(std::string what, const torch::Tensor& tensor);

  /// What was asked first that `others` answer otherwise; "" where they say the same.
  std::string first_other_than(const Answers& others) const;

 private:
  std::vector<std::pair<std::string, std::string>> answers_;
};

}  // namespace leakprobe
