#include "config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/yaml_scalar.h"
#include "config/yaml_syntax.h"
#include "config/yaml_text.h"
#include "config/yaml_typos.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// Ends the reading of a document after its problem has been reported.
struct Abandoned {};

struct Anchor {
  Value value;
  bool complete = false;
};

/// A mapping or list that is being read.
struct Frame {
  Value value;
  std::string path;
  YAML::anchor_t anchor = 0;
  std::unordered_map<std::string, Place> keys;
  std::string key;  ///< of the value that comes next
  YAML::Mark key_mark;
  Place key_place;
  bool key_known = false;
  bool key_good = false;  ///< otherwise its value is read and dropped
  bool is_key = false;    ///< this mapping or list stands where a key should
  bool in_key = false;    ///< or one around it does
};

/// The scalar at the start of `rest` without the anchor and the tag before it.
std::string_view without_properties(std::string_view rest) {
  while (rest.starts_with('&') || rest.starts_with('!')) {
    const size_t blank = rest.find_first_of(" \n");
    const size_t next = rest.find_first_not_of(" \n", blank);
    if (next == std::string_view::npos) return {};
    rest.remove_prefix(next);
  }
  return rest;
}

/// Whether the quoted text at the start of `rest` has an end, which the library does not ask; true
/// for everything that is not quoted.
bool is_closed(std::string_view rest) {
  rest = without_properties(rest);
  if (!rest.starts_with('"') && !rest.starts_with('\'')) return true;
  const char quotation_mark = rest[0];
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\' && quotation_mark == '"') {
      ++i;
    } else if (rest[i] == quotation_mark) {
      return true;
    }
  }
  return false;
}

class Builder : public YAML::EventHandler {
 public:
  Builder(const YamlText& text, Diagnostics& diagnostics, YamlBudget& budget)
      : text_(text), diagnostics_(diagnostics), budget_(budget) {}

  std::optional<Value> take() { return std::move(document_); }
  /// Where the innermost mapping or list begins that is not closed.
  std::optional<Place> innermost() const {
    return frames_.empty() ? std::nullopt : std::optional(frames_.back().value.place);
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Value value;
    value.place = place(mark);
    const std::string_view word = word_at(mark);
    if (word == "Null" || word == "NULL") {
      value = Value(word);
      value.place = place(mark);
    } else if (word.empty() && expects_value()) {
      // The library's mark is that of whatever comes next.
      value.place = frames_.back().key_place;
      if (frames_.back().key_good) report_empty(frames_.back());
    }
    add(std::move(value), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const Place where = place(mark);
    const bool quoted = tag == "!";
    if (!quoted) check_tag(tag, where);
    if (!is_closed(text_.rest(mark.line, mark.column))) {
      fail(where, "a quotation mark is not closed", "write it at the text's end");
    }
    Value value(text);
    if (!quoted) check_lines(mark, text);
    if (!quoted && !expects_key()) {
      std::string problem;
      std::optional<Value> plain = plain_scalar(text, problem);
      if (!plain) diagnostics_.error(where, next_path(), problem + ": " + quote(text));
      value = std::move(plain).value_or(Value());
    }
    if (text.find('\0') != std::string::npos) {
      diagnostics_.error(where, next_path(), "text with a NUL character", "remove the \\0");
    }
    value.place = where;
    value.quoted = quoted;
    if (expects_key()) frames_.back().key_mark = mark;
    add(std::move(value), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Anchor& anchored = anchors_[anchor];
    if (!anchored.complete) {
      fail(place(mark), "an alias ('*') inside the value that it stands for",
           "write the inner value out");
    }
    Value copy = anchored.value;
    copy.place = place(mark);
    spend(copy);
    insert(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Value::list(), mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Value::map(), mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  Place place(const YAML::Mark& mark) const { return text_.place(mark.line, mark.column); }

  /// The word at `mark` if it stands for null and is no key, otherwise "".
  std::string_view word_at(const YAML::Mark& mark) const {
    const std::string_view rest = text_.rest(mark.line, mark.column);
    if (rest.starts_with('~')) return rest.substr(0, 1);
    for (const char* word : {"null", "Null", "NULL"}) {
      if (!rest.starts_with(word)) continue;
      const size_t after = rest.find_first_not_of(' ', 4);
      const bool is_key = after != std::string_view::npos && rest[after] == ':' && !expects_key();
      if (!is_key) return rest.substr(0, 4);
    }
    return {};
  }

  bool expects_key() const {
    return !frames_.empty() && frames_.back().value.is_map() && !frames_.back().key_known;
  }
  bool expects_value() const {
    return !frames_.empty() && frames_.back().value.is_map() && frames_.back().key_known;
  }

  /// The path of the value that comes next.
  std::string next_path() const {
    if (frames_.empty()) return "";
    const Frame& frame = frames_.back();
    if (frame.value.is_list()) return child_path(frame.path, frame.value.as_list().size());
    return frame.key_known ? child_path(frame.path, frame.key) : frame.path;
  }

  void report_empty(const Frame& frame) {
    // The library takes any text for a key; where it stands as it is, a colon must follow.
    std::string_view text = text_.rest(frame.key_mark.line, frame.key_mark.column);
    if (text.starts_with(frame.key)) {
      text.remove_prefix(frame.key.size());
      const size_t next = text.find_first_not_of(' ');
      if (next == std::string_view::npos || text[next] != ':') {
        const bool has_colon = frame.key.find(':') != std::string::npos;
        diagnostics_.error(frame.key_place, frame.path,
                           "expected 'key: value', found " + quote(frame.key),
                           has_colon ? "write a blank after the colon" : "");
        return;
      }
    }
    diagnostics_.warning(frame.key_place, next_path(), "has no value and counts as not given",
                         "write null if that is meant");
  }

  [[noreturn]] void fail(const Place& where, std::string message, std::string hint = "") {
    diagnostics_.error(where, next_path(), std::move(message), std::move(hint));
    throw Abandoned();
  }

  /// Plain text that goes on over lines is nearly always a blank that is missing.
  void check_lines(const YAML::Mark& mark, const std::string& plain) {
    if (without_properties(text_.rest(mark.line, mark.column)).starts_with(plain)) return;
    if (const YamlTypo* typo = text_.cause(mark.line + 1, 0)) {
      diagnostics_.error(text_.place_of_byte(typo->offset), "", typo->message, typo->hint);
      return;
    }
    diagnostics_.error(place(mark), next_path(),
                       "text that goes on over several lines: " + quote(plain),
                       "put it in quotes, or begin the next line with 'key: ' or '- '");
  }

  void check_tag(const std::string& tag, const Place& where) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    diagnostics_.error(where, next_path(), "a YAML tag, which has no meaning here: " + quote(tag),
                       "remove it; text is put in quotes");
  }

  void spend(const Value& value) {
    if (!budget_.take(value)) {
      fail(value.place, "the file holds too many values, counting what its aliases repeat",
           "remove aliases ('*')");
    }
  }

  void remember(const Value& value, YAML::anchor_t anchor) {
    spend(value);
    anchors_[anchor] = {value, true};
  }

  void open(Value value, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const Place where = place(mark);
    if (frames_.size() >= static_cast<size_t>(kMaxYamlDepth)) {
      // Its path would fill the screen.
      diagnostics_.error(
          where, "",
          "more than " + std::to_string(kMaxYamlDepth) + " mappings and lists inside one another",
          "experiments need far fewer");
      throw Abandoned();
    }
    check_tag(tag, where);
    value.place = where;
    spend(value);
    Frame frame;
    frame.path = next_path();
    frame.value = std::move(value);
    frame.anchor = anchor;
    frame.is_key = expects_key();
    const bool reported = !frames_.empty() && frames_.back().in_key;
    frame.in_key = frame.is_key || reported;
    if (frame.is_key && !reported) {
      diagnostics_.error(where, frame.path, "a key that is a mapping or a list",
                         "keys are text; put text with '{' or '[' in quotes");
    }
    if (anchor != 0) anchors_[anchor].complete = false;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.anchor != 0) remember(frame.value, frame.anchor);
    if (frame.is_key) {
      frames_.back().key_known = true;
      frames_.back().key_good = false;
    } else {
      insert(std::move(frame.value));
    }
  }

  void add(Value value, YAML::anchor_t anchor) {
    spend(value);
    if (anchor != 0) remember(value, anchor);
    insert(std::move(value));
  }

  void insert(Value value) {
    if (frames_.empty()) {
      document_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.value.is_list()) {
      frame.value.push_back(std::move(value));
    } else if (!frame.key_known) {
      take_key(frame, value);
    } else {
      frame.key_known = false;
      if (!frame.key_good) return;
      frame.value.entries().push_back(
          {std::move(frame.key), std::move(frame.key_place), std::move(value)});
    }
  }

  void take_key(Frame& frame, const Value& key) {
    frame.key_known = true;
    frame.key_good = false;
    frame.key_place = key.place;
    if (key.is_string() && !key.quoted && is_no_text(key.as_string()) &&
        follows_decimal_comma(frame.key_mark)) {
      diagnostics_.error(key.place, frame.path,
                         "a comma inside a number, before " + quote(key.as_string()),
                         "write a point");
      return;
    }
    if (!key.is_string() || (!key.quoted && is_no_text(key.as_string()))) {
      diagnostics_.error(
          key.place, frame.path,
          "a key that is no text: " + (key.is_string() ? key.as_string() : "null"),
          key.is_string() ? "put it in quotes" : "put it in quotes, or remove a comma too many");
      return;
    }
    frame.key = key.as_string();
    if (frame.key == "<<") {
      diagnostics_.error(key.place, frame.path, "merge keys ('<<') have no meaning here",
                         "take a mapping over with 'extends: FILE'");
      return;
    }
    if (frame.key.empty()) {
      diagnostics_.error(key.place, frame.path, "a key without a name", "name it");
      return;
    }
    const auto [first, is_new] = frame.keys.emplace(frame.key, key.place);
    if (!is_new) {
      diagnostics_.error(
          key.place, child_path(frame.path, frame.key),
          "the key is given twice, first at line " + std::to_string(first->second.line),
          "remove one of them");
      return;
    }
    frame.key_good = true;
  }

  /// Whether "1," stands right before that place.
  bool follows_decimal_comma(const YAML::Mark& mark) const {
    const std::string_view before = text_.before(mark.line, mark.column);
    const size_t size = before.size();
    return size >= 2 && before[size - 1] == ',' && before[size - 2] >= '0' &&
           before[size - 2] <= '9';
  }

  static bool is_no_text(const std::string& plain) {
    std::string problem;
    const std::optional<Value> value = plain_scalar(plain, problem);
    return !value || !value->is_string();
  }

  const YamlText& text_;
  Diagnostics& diagnostics_;
  YamlBudget& budget_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchor> anchors_;
  std::optional<Value> document_;
};

/// Reports the beginning of a second document.
class NoFurtherDocument : public YAML::EventHandler {
 public:
  NoFurtherDocument(const YamlText& text, Diagnostics& diagnostics)
      : text_(text), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    diagnostics_.error(text_.place(mark.line, mark.column), "", "a second document begins",
                       "a file holds one experiment; remove the '---' or what follows it");
    throw Abandoned();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  const YamlText& text_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool YamlBudget::take(const Value& value) {
  if (values == 0) return false;
  --values;
  if (value.is_string()) {
    if (value.as_string().size() > text_bytes) return false;
    text_bytes -= value.as_string().size();
  } else if (value.is_list()) {
    for (const Value& element : value.as_list()) {
      if (!take(element)) return false;
    }
  } else if (value.is_map()) {
    for (const Value::Entry& entry : value.entries()) {
      if (entry.key.size() > text_bytes) return false;
      text_bytes -= entry.key.size();
      if (!take(entry.value)) return false;
    }
  }
  return true;
}

std::optional<Value> parse_yaml(std::string_view bytes, const std::string& file,
                                Diagnostics& diagnostics, YamlBudget& budget) {
  const YamlText text(bytes, file, diagnostics);
  if (!text.good()) return std::nullopt;
  const Diagnostics before = diagnostics;
  Builder builder(text, diagnostics, budget);
  try {
    std::istringstream stream(text.text());
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      diagnostics.error({file, 0, 0}, "", "there is nothing in the file");
      return std::nullopt;
    }
    NoFurtherDocument no_further(text, diagnostics);
    parser.HandleNextDocument(no_further);
  } catch (const Abandoned&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    SyntaxProblem problem = explain_yaml_error(error.msg);
    const Place place = text.place(error.mark.line, error.mark.column);
    const std::optional<Place> innermost = builder.innermost();
    const bool unclosed = error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW ||
                          error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW;
    if (const YamlTypo* typo = text.cause(error.mark.line, error.mark.column)) {
      diagnostics.error(text.place_of_byte(typo->offset), "", typo->message, typo->hint);
      return std::nullopt;
    }
    if (unclosed && innermost) {
      // The library looks for keys in what is not closed, which only confuses.
      diagnostics = before;
      problem.message += "; it was opened at line " + std::to_string(innermost->line) +
                         ", column " + std::to_string(innermost->column);
    }
    diagnostics.error(place, "", std::move(problem.message), std::move(problem.hint));
    return std::nullopt;
  }
  return builder.take();
}

}  // namespace leakprobe
