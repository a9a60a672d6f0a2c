#include "table.h"

#include <algorithm>

#include "leakprobe/error.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

constexpr size_t kGap = 2;
/// A last column narrower than this is better left to the terminal to break.
constexpr size_t kNarrowest = 20;

}  // namespace

Table::Table(std::vector<std::string> headings, std::vector<Align> alignment)
    : headings_(std::move(headings)), alignment_(std::move(alignment)) {}

void Table::add(std::vector<std::string> cells) {
  const size_t columns = !headings_.empty() ? headings_.size()
                         : rows_.empty()    ? cells.size()
                                            : rows_.front().size();
  LEAKPROBE_CHECK(cells.size() <= columns, "a table row has more cells than columns");
  cells.resize(columns);
  rows_.push_back(std::move(cells));
}

void Table::print(const Terminal& terminal, size_t indent) const {
  const size_t columns = !headings_.empty() ? headings_.size()
                         : rows_.empty()    ? 0
                                            : rows_.front().size();
  if (columns == 0) return;
  std::vector<size_t> widths(columns, 0);
  const auto measure = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(cells[i]));
    }
  };
  measure(headings_);
  for (const auto& row : rows_) measure(row);

  size_t before = indent;
  for (size_t i = 0; i + 1 < columns; ++i) before += widths[i] + kGap;
  const size_t left = terminal.width() > before ? terminal.width() - before : 0;
  const size_t last_width = left >= kNarrowest ? left : 0;

  const auto print_row = [&](const std::vector<std::string>& cells, bool heading) {
    std::string line(indent, ' ');
    for (size_t i = 0; i + 1 < columns; ++i) {
      const bool right = i < alignment_.size() && alignment_[i] == Align::right;
      const std::string blanks(widths[i] - display_width(cells[i]), ' ');
      const std::string cell = heading ? terminal.dim(cells[i]) : cells[i];
      line += (right ? blanks + cell : cell + blanks) + std::string(kGap, ' ');
    }
    const std::vector<std::string> lines = wrapped(cells.back(), last_width);
    for (size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) line.assign(before, ' ');
      line += heading ? terminal.dim(lines[i]) : lines[i];
      line.erase(line.find_last_not_of(' ') + 1);
      terminal.stream() << line << '\n';
    }
  };
  if (!headings_.empty()) print_row(headings_, true);
  for (const auto& row : rows_) print_row(row, false);
}

}  // namespace leakprobe::cli
