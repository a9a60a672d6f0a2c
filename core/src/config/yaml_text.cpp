#include "config/yaml_text.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "text/utf8.h"

namespace leakprobe {
namespace {

// A file that is no text at all should not fill the screen.
constexpr int kMostReports = 10;

bool is_forbidden_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte < 0x20 && character != '\t' && character != '\n') || byte == 0x7f;
}

std::string name_of_control(char character) {
  if (character == '\0') return "a NUL character";
  if (character == '\r') return "a carriage return without a line feed";
  constexpr char kHex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(character);
  return std::string("the control character \\x") + kHex[byte >> 4] + kHex[byte & 15];
}

}  // namespace

YamlText::YamlText(std::string_view bytes, std::string file, Diagnostics& diagnostics)
    : file_(std::move(file)) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  text_.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') continue;
    text_ += bytes[i];
  }
  line_starts_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
  characters_before_.reserve(text_.size() + 1);
  uint32_t characters = 0;
  for (const char byte : text_) {
    characters_before_.push_back(characters);
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
    if (!continues) ++characters;
  }
  characters_before_.push_back(characters);
  check(diagnostics);
}

void YamlText::check(Diagnostics& diagnostics) {
  if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF")) {
    return report(0, "the file is UTF-16 text", "save it as UTF-8", diagnostics);
  }
  const size_t invalid = find_invalid_utf8(text_);
  if (invalid != std::string_view::npos) {
    report(invalid, "a byte that does not belong to UTF-8 text", "save the file as UTF-8",
           diagnostics);
    return;
  }
  bool in_indentation = true;
  for (size_t i = 0; i < text_.size(); ++i) {
    const char character = text_[i];
    if (is_forbidden_control(character)) {
      report(i, name_of_control(character), "remove it", diagnostics);
    } else if (character == '\t' && in_indentation) {
      const size_t content = text_.find_first_not_of(" \t", i);
      if (content != std::string::npos && text_[content] != '\n') {
        report(i, "a tab in the indentation", "indent with spaces", diagnostics);
      }
      in_indentation = false;
    } else if (character == '\n') {
      in_indentation = true;
    } else if (character != ' ') {
      in_indentation = false;
    }
  }
  if (!good_) return;
  for (YamlTypo& typo : find_typos(text_)) {
    if (typo.certain) {
      report(typo.offset, std::move(typo.message), std::move(typo.hint), diagnostics);
    } else {
      possible_.push_back(std::move(typo));
    }
  }
}

void YamlText::report(size_t offset, std::string message, std::string hint,
                      Diagnostics& diagnostics) {
  good_ = false;
  if (reported_++ >= kMostReports) return;
  diagnostics.error(place_of_byte(offset), "", std::move(message), std::move(hint));
}

size_t YamlText::offset(int line, int column) const {
  if (line < 0 || static_cast<size_t>(line) >= line_starts_.size()) return text_.size();
  const size_t start = line_starts_[static_cast<size_t>(line)];
  return std::min(text_.size(), start + static_cast<size_t>(std::max(column, 0)));
}

Place YamlText::place_of_byte(size_t offset) const {
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<int>(next - line_starts_.begin());
  const uint32_t start = characters_before_[*std::prev(next)];
  return {file_, line, static_cast<int>(characters_before_[offset] - start) + 1};
}

Place YamlText::place(int line, int column) const { return place_of_byte(offset(line, column)); }

std::string_view YamlText::before(int line, int column) const {
  const size_t start = offset(line, 0);
  return std::string_view(text_).substr(start, offset(line, column) - start);
}

const YamlTypo* YamlText::cause(int line, int column) const {
  const size_t failure = offset(line, column);
  const size_t line_end = std::min(text_.find('\n', failure), text_.size());
  const YamlTypo* last = nullptr;
  for (const YamlTypo& typo : possible_) {
    if (typo.offset <= line_end) last = &typo;
  }
  if (last == nullptr) return nullptr;
  // A line with text between them would have failed first.
  size_t at = std::min(text_.find('\n', last->end), text_.size());
  while (at < failure) {
    const size_t content = text_.find_first_not_of(" \n", at);
    if (content == std::string::npos || content >= offset(line, 0)) break;
    if (text_[content] != '#') return nullptr;
    at = std::min(text_.find('\n', content), text_.size());
  }
  return last;
}

std::string_view YamlText::rest(int line, int column) const {
  return std::string_view(text_).substr(offset(line, column));
}

}  // namespace leakprobe
