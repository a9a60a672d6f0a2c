#include "leakprobe/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "leakprobe/error.h"
#include "text/quote.h"
#include "text/utf8.h"

namespace leakprobe {
namespace {

std::string integer_text(int64_t number) {
  char text[24];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

// The shortest text that reads back equal and always looks like no integer: 1e-4, not 1e-04.
std::string number_text(double number) {
  LEAKPROBE_CHECK(std::isfinite(number), "NaN or infinity cannot be written");
  char text[32];
  std::string out(text, std::to_chars(text, text + sizeof text, number).ptr);
  const size_t exponent = out.find('e');
  if (exponent == std::string::npos) {
    if (out.find('.') == std::string::npos) out += ".0";
  } else if (out[exponent + 2] == '0') {
    out.erase(exponent + 2, 1);
  }
  return out;
}

bool stands_for_itself(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte >= 0x20 && byte < 0x7F && character != '"' && character != '\\';
}

// A double-quoted string that JSON and YAML both read. They write what lies beyond U+FFFF in
// different ways, so that stays as it is.
std::string quoted_text(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), stands_for_itself);
    const auto plain = static_cast<size_t>(end - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::string_view character =
        text.substr(0, std::max<size_t>(well_formed_length(text), 1));
    text.remove_prefix(character.size());
    size_t position = 0;
    // A byte that is no UTF-8 stays, too.
    const char32_t code = character.size() == 1 ? static_cast<unsigned char>(character[0])
                                                : next_code_point(character, position);
    if (character == "\"" || character == "\\") {
      out += '\\';
      out += character;
    } else if (character == "\n") {
      out += "\\n";
    } else if (character == "\r") {
      out += "\\r";
    } else if (character == "\t") {
      out += "\\t";
    } else if (is_unseen(code) && code <= 0xFFFF && (code < 0x80 || character.size() > 1)) {
      out += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) out += kHex[code >> shift & 15];
    } else {
      out += character;
    }
  }
  return out + '"';
}

void write_scalar(const Value& value, std::string& out) {
  switch (value.type()) {
    case Value::Type::null:
      out += "null";
      break;
    case Value::Type::boolean:
      out += value.as_boolean() ? "true" : "false";
      break;
    case Value::Type::integer:
      out += integer_text(value.as_integer());
      break;
    case Value::Type::number:
      out += number_text(value.as_number());
      break;
    default:
      out += quoted_text(value.as_string());
  }
}

class JsonWriter {
 public:
  explicit JsonWriter(bool pretty) : pretty_(pretty) {}

  std::string take(const Value& value) {
    write(value, 0);
    return std::move(out_);
  }

 private:
  void write(const Value& value, size_t depth) {
    if (value.is_list()) {
      out_ += '[';
      bool first = true;
      for (const Value& element : value.as_list()) {
        start_item(first, depth + 1);
        write(element, depth + 1);
      }
      end_items(first, depth);
      out_ += ']';
    } else if (value.is_map()) {
      out_ += '{';
      bool first = true;
      for (const Value::Entry& entry : value.entries()) {
        start_item(first, depth + 1);
        out_ += quoted_text(entry.key) + (pretty_ ? ": " : ":");
        write(entry.value, depth + 1);
      }
      end_items(first, depth);
      out_ += '}';
    } else {
      write_scalar(value, out_);
    }
  }

  void start_item(bool& first, size_t depth) {
    if (!first) out_ += ',';
    first = false;
    start_line(depth);
  }

  void end_items(bool empty, size_t depth) {
    if (!empty) start_line(depth);
  }

  void start_line(size_t depth) {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(2 * depth, ' ');
  }

  bool pretty_;
  std::string out_;
};

bool is_plain_word(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !is_letter(text[0])) return false;
  for (const char c : text) {
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '/') return false;
  }
  return text != "true" && text != "false" && text != "null";
}

// Words that other YAML readers take for booleans or numbers are quoted.
bool is_ambiguous_word(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const char* word : {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}) {
    if (lower == word) return true;
  }
  return false;
}

std::string yaml_text(std::string_view text) {
  return is_plain_word(text) && !is_ambiguous_word(text) ? std::string(text) : quoted_text(text);
}

class YamlWriter {
 public:
  std::string take(const Value& value) {
    if (is_block(value)) {
      write_block(value, 0);
    } else {
      write_flow(value);
      out_ += '\n';
    }
    return std::move(out_);
  }

 private:
  static bool is_scalar(const Value& value) { return !value.is_map() && !value.is_list(); }

  // Lists of scalars and empty containers read best on one line.
  static bool is_block(const Value& value) {
    if (value.is_map()) return !value.entries().empty();
    if (!value.is_list()) return false;
    return !std::all_of(value.as_list().begin(), value.as_list().end(), is_scalar);
  }

  void write_flow(const Value& value) {
    if (value.is_map()) {
      out_ += "{}";
    } else if (value.is_list()) {
      out_ += '[';
      for (size_t i = 0; i < value.as_list().size(); ++i) {
        if (i > 0) out_ += ", ";
        write_flow(value.as_list()[i]);
      }
      out_ += ']';
    } else if (value.is_string()) {
      out_ += yaml_text(value.as_string());
    } else if (value.type() == Value::Type::number) {
      out_ += yaml_number(value.as_number());
    } else {
      write_scalar(value, out_);
    }
  }

  // YAML 1.1 readers take "1e-4" for text but "1.0e-4" for a number.
  static std::string yaml_number(double number) {
    std::string text = number_text(number);
    const size_t exponent = text.find('e');
    if (exponent != std::string::npos && text.find('.') == std::string::npos) {
      text.insert(exponent, ".0");
    }
    return text;
  }

  // The caller has written the indentation of the first line.
  void write_block(const Value& value, size_t indent) {
    bool first = true;
    const auto start_line = [&] {
      if (!first) out_.append(indent, ' ');
      first = false;
    };
    if (value.is_map()) {
      for (const Value::Entry& entry : value.entries()) {
        start_line();
        out_ += yaml_text(entry.key) + ":";
        write_member(entry.value, indent);
      }
    } else {
      for (const Value& element : value.as_list()) {
        start_line();
        out_ += "- ";
        if (is_block(element)) {
          write_block(element, indent + 2);
        } else {
          write_flow(element);
          out_ += '\n';
        }
      }
    }
  }

  void write_member(const Value& value, size_t indent) {
    if (is_block(value)) {
      out_ += '\n';
      out_.append(indent + 2, ' ');
      write_block(value, indent + 2);
    } else {
      out_ += ' ';
      write_flow(value);
      out_ += '\n';
    }
  }

  std::string out_;
};

}  // namespace

bool Value::as_boolean() const {
  LEAKPROBE_CHECK(type() == Type::boolean, "expected true or false, found " + describe());
  return std::get<bool>(data_);
}

int64_t Value::as_integer() const {
  LEAKPROBE_CHECK(type() == Type::integer, "expected an integer, found " + describe());
  return std::get<int64_t>(data_);
}

double Value::as_number() const {
  if (type() == Type::integer) return static_cast<double>(std::get<int64_t>(data_));
  LEAKPROBE_CHECK(type() == Type::number, "expected a number, found " + describe());
  return std::get<double>(data_);
}

const std::string& Value::as_string() const {
  LEAKPROBE_CHECK(type() == Type::string, "expected text, found " + describe());
  return std::get<std::string>(data_);
}

const Value::List& Value::as_list() const {
  LEAKPROBE_CHECK(type() == Type::list, "expected a list, found " + describe());
  return std::get<List>(data_);
}

Value::List& Value::as_list() { return const_cast<List&>(std::as_const(*this).as_list()); }

const Value::Map& Value::entries() const {
  LEAKPROBE_CHECK(type() == Type::map, "expected a mapping, found " + describe());
  return std::get<Map>(data_);
}

Value::Map& Value::entries() { return const_cast<Map&>(std::as_const(*this).entries()); }

const Value* Value::find(std::string_view key) const {
  if (!is_map()) return nullptr;
  for (const Entry& entry : std::get<Map>(data_)) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

namespace {

const Value* find_of(const Value& map, std::string_view key, bool (Value::*is)() const) {
  const Value* value = map.find(key);
  return value != nullptr && (value->*is)() ? value : nullptr;
}

/// What a getter of one type asks for.
struct Expected {
  bool (Value::*is)() const;
  const char* words;
};
constexpr Expected kBoolean{&Value::is_boolean, "true or false"};
constexpr Expected kInteger{&Value::is_integer, "an integer"};
constexpr Expected kNumber{&Value::is_number, "a number"};
constexpr Expected kText{&Value::is_string, "text"};
constexpr Expected kMapping{&Value::is_map, "a mapping"};
constexpr Expected kList{&Value::is_list, "a list"};

std::string range_words(int64_t least, int64_t most) {
  if (most == std::numeric_limits<int64_t>::max()) return "of at least " + integer_text(least);
  return "from " + integer_text(least) + " to " + integer_text(most);
}

const Value& require(const Value& map, std::string_view key, const Expected& expected) {
  const Value& value = map.at(key);
  if (!(value.*expected.is)()) {
    map.fail(key, std::string("expected ") + expected.words + ", found " + value.describe());
  }
  return value;
}

const Value::List& require_items(const Value& map, std::string_view key, const Expected& expected) {
  const Value::List& items = require(map, key, kList).as_list();
  for (size_t i = 0; i < items.size(); ++i) {
    if ((items[i].*expected.is)()) continue;
    map.fail(child_path(std::string(key), i),
             std::string("expected ") + expected.words + ", found " + items[i].describe());
  }
  return items;
}

}  // namespace

void Value::fail(const std::string& what) const { fail_at(place, what); }

void Value::fail(std::string_view key, const std::string& what) const { fail_at(place, key, what); }

bool Value::has(std::string_view key) const {
  const Value* value = find(key);
  return value != nullptr && !value->is_null();
}

const Value& Value::at(std::string_view key) const {
  if (!is_map()) fail("expected a mapping, found " + describe());
  const Value* value = find(key);
  if (value == nullptr) fail(key, "is missing");
  return *value;
}

Value& Value::at(std::string_view key) { return const_cast<Value&>(std::as_const(*this).at(key)); }

bool Value::boolean(std::string_view key) const {
  return require(*this, key, kBoolean).as_boolean();
}

int64_t Value::integer(std::string_view key, int64_t least, int64_t most) const {
  const Value& value = at(key);
  if (value.is_integer() && value.as_integer() >= least && value.as_integer() <= most) {
    return value.as_integer();
  }
  const bool bounded =
      least != std::numeric_limits<int64_t>::min() || most != std::numeric_limits<int64_t>::max();
  fail(key, "expected an integer" + (bounded ? " " + range_words(least, most) : "") + ", found " +
                value.describe());
}

double Value::number(std::string_view key) const {
  return require(*this, key, kNumber).as_number();
}

const std::string& Value::text(std::string_view key) const {
  return require(*this, key, kText).as_string();
}

const Value& Value::mapping(std::string_view key) const { return require(*this, key, kMapping); }

const Value::List& Value::items(std::string_view key) const {
  return require(*this, key, kList).as_list();
}

const Value::List& Value::maps(std::string_view key) const {
  return require_items(*this, key, kMapping);
}

std::vector<std::string> Value::texts(std::string_view key) const {
  std::vector<std::string> texts;
  for (const Value& item : require_items(*this, key, kText)) texts.push_back(item.as_string());
  return texts;
}

std::vector<int64_t> Value::integers(std::string_view key, int64_t least) const {
  std::vector<int64_t> numbers;
  for (const Value& item : require_items(*this, key, kInteger)) {
    numbers.push_back(item.as_integer());
    if (numbers.back() >= least) continue;
    fail(child_path(std::string(key), numbers.size() - 1),
         "expected an integer of at least " + integer_text(least) + ", found " + item.describe());
  }
  return numbers;
}

std::vector<double> Value::numbers(std::string_view key) const {
  std::vector<double> numbers;
  for (const Value& item : require_items(*this, key, kNumber)) numbers.push_back(item.as_number());
  return numbers;
}

std::optional<bool> Value::find_boolean(std::string_view key) const {
  const Value* value = find_of(*this, key, &Value::is_boolean);
  return value != nullptr ? std::optional(value->as_boolean()) : std::nullopt;
}

std::optional<int64_t> Value::find_integer(std::string_view key) const {
  const Value* value = find_of(*this, key, &Value::is_integer);
  return value != nullptr ? std::optional(value->as_integer()) : std::nullopt;
}

std::optional<double> Value::find_number(std::string_view key) const {
  const Value* value = find_of(*this, key, &Value::is_number);
  return value != nullptr ? std::optional(value->as_number()) : std::nullopt;
}

std::string Value::find_text(std::string_view key) const {
  const Value* value = find_of(*this, key, &Value::is_string);
  return value != nullptr ? value->as_string() : "";
}

const Value::List& Value::find_items(std::string_view key) const {
  static const List kNone;
  const Value* value = find_of(*this, key, &Value::is_list);
  return value != nullptr ? value->as_list() : kNone;
}

Value& Value::set(std::string key, Value value) {
  if (is_null()) data_ = Map{};
  if (Value* present = find(key)) {
    *present = std::move(value);
    return *present;
  }
  Map& map = entries();
  const Place key_place = value.place;
  map.push_back({std::move(key), key_place, std::move(value)});
  return map.back().value;
}

void Value::erase(std::string_view key) {
  std::erase_if(entries(), [&](const Entry& entry) { return entry.key == key; });
}

void Value::push_back(Value value) {
  if (is_null()) data_ = List{};
  as_list().push_back(std::move(value));
}

std::string Value::describe() const {
  switch (type()) {
    case Type::null:
      return "nothing";
    case Type::boolean:
      return as_boolean() ? "true" : "false";
    case Type::integer:
      return "the number " + integer_text(as_integer());
    case Type::number: {
      const double number = as_number();
      return std::isfinite(number) ? "the number " + number_text(number) : "no finite number";
    }
    case Type::string:
      return quote(as_string());
    case Type::list:
      return "a list";
    case Type::map:
      return "a mapping";
  }
  return "";
}

bool operator==(const Value& a, const Value& b) { return a.data_ == b.data_; }

std::string child_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string child_path(const std::string& path, size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string to_json(const Value& value) { return JsonWriter(false).take(value); }

std::string to_pretty_json(const Value& value) { return JsonWriter(true).take(value); }

std::string to_yaml(const Value& value) { return YamlWriter().take(value); }

}  // namespace leakprobe
