#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Texts as Markdown (GitHub's), for pages that are read in a browser.
namespace leakprobe::cli {

/// `text` as a code span; "" where there is none.
std::string code_span(std::string_view text);
/// Prose in which nothing but backticks means anything to Markdown; words in single quotes, as
/// diagnostics and docs have them ('none'), become code.
std::string markdown_prose(std::string_view text);
/// The anchor that a heading gets: "## Values and names" is #values-and-names.
std::string anchor_of(std::string_view heading);

/// A table; what it is given is Markdown already.
class MarkdownTable {
 public:
  explicit MarkdownTable(const std::vector<std::string>& headings);
  void add(const std::vector<std::string>& cells);
  /// The whole table; "" where it has no row.
  std::string text() const { return rows_.empty() ? "" : heading_ + rows_; }

 private:
  std::string heading_;
  std::string rows_;
};

}  // namespace leakprobe::cli
