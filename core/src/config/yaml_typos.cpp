#include "config/yaml_typos.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "text/utf8.h"

namespace leakprobe {
namespace {

constexpr const char* kQuotesKeepIt = ", or put the text in quotes if it is meant";

bool is_ascii_blank(char c) { return c == ' ' || c == '\t'; }
bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_character(char c) {
  return is_ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string code_text(char32_t code) {
  std::array<char, 16> text;
  const int length = std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(code));
  return {text.data(), static_cast<size_t>(length)};
}

bool is_foreign_blank(char32_t code) {
  return code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

bool is_quotation_mark(char32_t code) {
  return (code >= 0x2018 && code <= 0x201F) || code == 0xAB || code == 0xBB || code == 0x2039 ||
         code == 0x203A || code == 0xFF02 || code == 0xFF07 || code == 0xB4;
}

bool is_dash(char32_t code) {
  return (code >= 0x2010 && code <= 0x2015) || code == 0x2212 || code == 0xFF0D;
}

class TypoFinder {
 public:
  explicit TypoFinder(std::string_view text) : text_(text) {}

  std::vector<YamlTypo> find() {
    while (at_ < text_.size()) step();
    return std::move(found_);
  }

 private:
  char next(size_t ahead = 1) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n';
  }
  static bool ends_token(char c) { return is_ascii_blank(c) || c == '\n'; }
  size_t line_end() const { return std::min(text_.find('\n', at_), text_.size()); }

  void report(size_t offset, std::string message, std::string hint, bool certain = true) {
    found_.push_back({offset, at_, std::move(message), std::move(hint), certain});
  }

  void step() {
    const char c = text_[at_];
    if (c == '\n') {
      ++at_;
      begin_line();
    } else if (c == '#' && (at_ == line_ || is_ascii_blank(text_[at_ - 1]))) {
      at_ = line_end();
    } else if (is_ascii_blank(c)) {
      ++at_;
    } else if (starts_ && (c == '"' || c == '\'')) {
      skip_quoted();
    } else if (starts_ && (c == '&' || c == '!')) {
      while (!ends_token(next(0))) ++at_;
    } else if (starts_ && depth_ == 0 && (c == '|' || c == '>')) {
      skip_block();
    } else if ((c == '[' || c == '{') && (starts_ || depth_ > 0)) {
      ++depth_;
      begin_value();
    } else if ((c == ']' || c == '}') && depth_ > 0) {
      --depth_;
      end_token();
    } else if (c == ',' && depth_ > 0) {
      begin_value();
    } else if (c == ':' && (ends_token(next()) || (depth_ > 0 && quoted_))) {
      ++at_;
      quoted_ = false;
      after_colon_ = starts_ = true;
    } else if (c == '-' && starts_ && depth_ == 0 && ends_token(next())) {
      if (next() == '\t') report(at_ + 1, "a tab after the dash", "write a blank", false);
      ++at_;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      look_at_foreign();
    } else {
      if (starts_ && depth_ == 0) look_at_word();
      end_token();
    }
  }

  void begin_line() {
    line_ = at_;
    starts_ = true;
    after_colon_ = depth_ == 0 ? false : after_colon_;
  }

  void begin_value() {
    ++at_;
    starts_ = true;
    after_colon_ = false;
  }

  void end_token() {
    ++at_;
    starts_ = quoted_ = false;
  }

  void skip_quoted() {
    const size_t begin = at_;
    const char mark = text_[at_++];
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && mark == '"') {
        ++at_;
      } else if (text_[at_] == mark) {
        if (mark == '"' || next() != mark) break;
        ++at_;
      }
      ++at_;
    }
    if (at_ >= text_.size()) return;  // not closed: the reader says so
    const size_t lines = std::count(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                                    text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    if (lines > 0) {
      report(begin,
             "a quotation mark that is closed only " +
                 (lines == 1 ? std::string("on the next line")
                             : std::to_string(lines) + " lines below"),
             "write it at the text's end", false);
    }
    end_token();
    quoted_ = true;
    if (at_ >= text_.size()) return;
    const char after = text_[at_];
    if (depth_ == 0 && !after_colon_ && after == ':' && !ends_token(next())) {
      report(at_, "no blank after the colon", "write 'key: value'", false);
    } else if (lines == 0 && !ends_token(after) &&
               std::string_view(":,]}").find(after) == std::string_view::npos) {
      report(at_, "text behind a quotation mark that closes one",
             mark == '"' ? "write \\\" for a quotation mark inside" : "write '' for one inside",
             false);
    }
  }

  /// Text of several lines: everything that is indented more.
  void skip_block() {
    const size_t indentation = text_.find_first_not_of(' ', line_) - line_;
    at_ = line_end();
    while (at_ < text_.size()) {
      const size_t line = at_ + 1;
      const size_t content = text_.find_first_not_of(' ', line);
      if (content == std::string_view::npos) {
        at_ = text_.size();
      } else if (text_[content] == '\n' || content - line > indentation) {
        at_ = std::min(text_.find('\n', content), text_.size());
      } else {
        return;
      }
    }
  }

  /// A plain text that begins here: whether it was to be a key or an entry of a list.
  void look_at_word() {
    std::string_view rest = text_.substr(at_, line_end() - at_);
    if (const size_t comment = rest.find(" #"); comment != std::string_view::npos) {
      rest = rest.substr(0, comment);
    }
    if (after_colon_) return;
    if (rest.starts_with("//")) {
      report(at_, "a comment that begins with '//'", "begin it with '#'", false);
      return;
    }
    if (rest[0] == '-' && rest.size() > 1 && !is_ascii_digit(rest[1]) && rest[1] != '.' &&
        rest[1] != '-') {
      report(at_, "no blank after the dash", "write '- ' before an entry of a list", false);
      return;
    }
    size_t word = 0;
    while (word < rest.size() &&
           (is_word_character(rest[word]) || rest[word] == '.' || rest[word] == '-')) {
      ++word;
    }
    const size_t mark = rest.find_first_not_of(' ', word);
    if (word == 0 || mark == std::string_view::npos) return;
    const bool has_colon = rest.find(": ") != std::string_view::npos || rest.ends_with(":");
    if (has_colon || mark + 1 >= rest.size()) return;
    if (rest[mark] == ':' && rest[mark + 1] != '/') {
      report(at_ + mark, "no blank after the colon", "write 'key: value'", false);
    } else if (rest[mark] == '=') {
      report(at_ + mark, "a '=' where a colon is needed", "write 'key: value'", false);
    }
  }

  void look_at_foreign() {
    const size_t begin = at_;
    const char32_t code = next_code_point(text_, at_);
    const bool starts = starts_;
    if (is_foreign_blank(code)) {
      report(begin,
             code == 0xA0 ? "a no-break space (U+00A0) in place of a blank"
                          : "a blank that is no ASCII blank (" + code_text(code) + ")",
             std::string("write an ordinary blank") + kQuotesKeepIt);
      return;
    }
    if (is_invisible(code)) {
      report(begin,
             code == 0xFEFF ? "a byte order mark in the middle of the file (U+FEFF)"
                            : "an invisible character (" + code_text(code) + ")",
             std::string("remove it") + kQuotesKeepIt);
      return;
    }
    starts_ = false;
    if (starts && is_quotation_mark(code)) {
      report(begin, "a typographic quotation mark (" + code_text(code) + ")",
             std::string("write \" or '") + kQuotesKeepIt);
    } else if (code == 0xFF1A && !after_colon_) {
      report(begin, "a full-width colon (U+FF1A)", "write ': '");
      after_colon_ = starts_ = true;
    } else if (depth_ > 0 && (code == 0xFF0C || code == 0x3001)) {
      report(begin, "a full-width comma (" + code_text(code) + ")", "write ', '");
      after_colon_ = false;
      starts_ = true;
    } else if (code == 0xFF3B || code == 0xFF5B || code == 0xFF3D || code == 0xFF5D) {
      const bool opens = code == 0xFF3B || code == 0xFF5B;
      if (opens ? !starts : depth_ == 0) return;
      report(begin, "a full-width bracket (" + code_text(code) + ")", "write an ASCII one");
    } else if (starts && is_dash(code)) {
      const char after = at_ < text_.size() ? text_[at_] : '\n';
      if (ends_token(after)) {
        report(begin, "a dash (" + code_text(code) + ") in place of '-'", "write '- '");
        starts_ = true;
      } else if (is_ascii_digit(after) || after == '.') {
        report(begin, "a minus sign (" + code_text(code) + ") in place of '-'", "write '-'");
      }
    } else if (starts && code >= 0xFF10 && code <= 0xFF19) {
      report(begin, "a full-width digit (" + code_text(code) + ")",
             std::string("write ASCII digits") + kQuotesKeepIt);
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t line_ = 0;           ///< where the line begins
  int depth_ = 0;             ///< brackets that are open
  bool starts_ = true;        ///< a key, a value or an entry may begin here
  bool after_colon_ = false;  ///< a key has been read, so that a value comes
  bool quoted_ = false;       ///< what came last is a text in quotes
  std::vector<YamlTypo> found_;
};

}  // namespace

std::vector<YamlTypo> find_typos(std::string_view text) { return TypoFinder(text).find(); }

}  // namespace leakprobe
