#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "terminal.h"

namespace leakprobe::cli {

/// Lines of aligned columns. The last column is text: on a terminal it is broken to what is left of
/// the line.
class Table {
 public:
  enum class Align { left, right };

  /// `headings` may be empty: then the first row decides the number of columns.
  explicit Table(std::vector<std::string> headings = {}, std::vector<Align> alignment = {});

  /// Cells beyond the first row's number are a programmer's mistake; missing ones are empty.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// Prints with `indent` blanks before each line and two between columns.
  void print(const Terminal& terminal, size_t indent = 0) const;

 private:
  std::vector<std::string> headings_;
  std::vector<Align> alignment_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace leakprobe::cli
