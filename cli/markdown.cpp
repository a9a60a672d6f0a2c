#include "markdown.h"

#include <algorithm>

namespace leakprobe::cli {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// How long the word in single quotes is that begins at `begin`, the quotes included; 0 where none
/// does: an apostrophe stands behind a letter, and what is quoted holds no blank.
size_t quoted_length(std::string_view text, size_t begin) {
  if (text[begin] != '\'' || (begin > 0 && is_word(text[begin - 1]))) return 0;
  const size_t end = text.find('\'', begin + 1);
  if (end == std::string_view::npos || end == begin + 1) return 0;
  const std::string_view word = text.substr(begin + 1, end - begin - 1);
  const bool ends = end + 1 == text.size() || !is_word(text[end + 1]);
  return ends && word.find_first_of(" `\n") == std::string_view::npos ? end + 1 - begin : 0;
}

/// A cell ends at a bar and at the end of the line.
std::string in_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

std::string row_of(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += cell.empty() ? " |" : " " + in_cell(cell) + " |";
  return row + "\n";
}

}  // namespace

std::string code_span(std::string_view text) {
  if (text.empty()) return "";
  const bool has_backtick = text.find('`') != std::string_view::npos;
  const std::string fence = has_backtick ? "`` " : "`";
  return fence + std::string(text) + std::string(fence.rbegin(), fence.rend());
}

std::string markdown_prose(std::string_view text) {
  std::string prose;
  for (size_t i = 0; i < text.size();) {
    if (const size_t length = quoted_length(text, i); length > 0) {
      prose += code_span(text.substr(i + 1, length - 2));
      i += length;
      continue;
    }
    if (text[i] == '*' || text[i] == '<' || text[i] == '\\') prose += '\\';
    prose += text[i++];
  }
  return prose;
}

std::string anchor_of(std::string_view heading) {
  std::string anchor;
  for (const char c : heading) {
    if (c == ' ') anchor += '-';
    if (is_word(c) || c == '_' || c == '-') {
      anchor += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return anchor;
}

MarkdownTable::MarkdownTable(const std::vector<std::string>& headings)
    : heading_(row_of(headings) + "|") {
  for (size_t i = 0; i < headings.size(); ++i) heading_ += "---|";
  heading_ += "\n";
}

void MarkdownTable::add(const std::vector<std::string>& cells) { rows_ += row_of(cells); }

}  // namespace leakprobe::cli
