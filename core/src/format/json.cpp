#include "format/json.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "format/files.h"
#include "format/json_parser.h"
#include "format/json_write.h"
#include "leakprobe/error.h"
#include "text/counted.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

std::string child_path(const std::string& parent, const std::string& key) {
  const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '-');
  });
  if (!plain) return parent + "[" + quote(key) + "]";
  return parent.empty() ? key : parent + "." + key;
}

std::string describe(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::boolean:
      return value.get<bool>() ? "true" : "false";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::object:
      return "an object";
    default:
      return dump_json(value);
  }
}

// The number where it is an integer that int64 holds.
std::optional<int64_t> exact_int(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<int64_t>();
  return std::nullopt;
}

}  // namespace

struct JsonValue::Document {
  std::string source;
  std::string remedy;
  Json root;
};

JsonValue::JsonValue(std::shared_ptr<const Document> document, const Json* value, std::string path)
    : document_(std::move(document)), value_(value), path_(std::move(path)) {}

JsonValue JsonValue::parse(std::string_view text, std::string source, JsonRules rules) {
  Json root = parse_json(text, source, rules);
  auto document = std::make_shared<const Document>(
      Document{std::move(source), std::move(rules.remedy), std::move(root)});
  const Json* top = &document->root;
  return {std::move(document), top, ""};
}

JsonValue JsonValue::read(const std::filesystem::path& path, JsonRules rules) {
  return parse(read_file(path, rules.max_bytes), path.string(), rules);
}

std::string JsonValue::place() const {
  return path_.empty() ? document_->source : document_->source + ": " + path_;
}

void JsonValue::fail(const std::string& what) const { throw Error(place() + ": " + what); }

const std::string& JsonValue::remedy() const { return document_->remedy; }

void JsonValue::fail_damaged(const std::string& what) const {
  fail(remedy().empty() ? what : what + "; " + remedy());
}

void JsonValue::fail_type(std::string_view expected) const {
  fail_damaged("expected " + std::string(expected) + ", found " + describe(*value_));
}

const Json& JsonValue::object() const {
  if (!value_->is_object()) fail_type("an object");
  return *value_;
}

JsonValue JsonValue::member(const std::string& key, const Json& value) const {
  return {document_, &value, child_path(path_, key)};
}

bool JsonValue::as_bool() const {
  if (!value_->is_boolean()) fail_type("true or false");
  return value_->get<bool>();
}

int64_t JsonValue::as_int(int64_t min, int64_t max) const {
  const std::optional<int64_t> number = exact_int(*value_);
  if (number && *number >= min && *number <= max) return *number;
  const bool integer = value_->is_number_integer();  // unsigned ones too
  const bool bounded =
      min != std::numeric_limits<int64_t>::min() || max != std::numeric_limits<int64_t>::max();
  if (!integer && !bounded) fail_type("an integer");
  if (max == std::numeric_limits<int64_t>::max() && bounded) {
    fail_type("an integer of at least " + std::to_string(min));
  }
  fail_type("an integer from " + std::to_string(min) + " to " + std::to_string(max));
}

double JsonValue::as_double() const {
  if (value_->is_number_float()) return value_->get<double>();
  if (!value_->is_number()) fail_type("a number");
  constexpr int64_t kExact = int64_t{1} << std::numeric_limits<double>::digits;
  const std::optional<int64_t> number = exact_int(*value_);
  if (!number || *number < -kExact || *number > kExact) {
    fail_type("a number that a double holds exactly");
  }
  return static_cast<double>(*number);
}

const std::string& JsonValue::as_string() const {
  if (!value_->is_string()) fail_type("a string");
  return value_->get_ref<const std::string&>();
}

size_t JsonValue::size() const {
  if (!value_->is_structured()) fail_type("an array or an object");
  return value_->size();
}

JsonValue JsonValue::operator[](size_t index) const {
  if (!value_->is_array()) fail_type("an array");
  if (index >= value_->size()) {
    fail_damaged("has " + counted(value_->size(), "element") + ", and element " +
                 std::to_string(index) + " (counted from 0) is needed");
  }
  return {document_, &(*value_)[index], path_ + "[" + std::to_string(index) + "]"};
}

std::vector<std::string> JsonValue::keys() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : object().items()) names.push_back(name);
  return names;
}

bool JsonValue::has(const std::string& key) const { return find(key).has_value(); }

JsonValue JsonValue::at(const std::string& key) const {
  const auto found = object().find(key);
  if (found == value_->end()) fail_damaged("has no member " + quote(key));
  return member(key, *found);
}

std::optional<JsonValue> JsonValue::find(const std::string& key) const {
  const auto found = object().find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return member(key, *found);
}

bool JsonValue::get_bool(const std::string& key) const { return at(key).as_bool(); }

int64_t JsonValue::get_int(const std::string& key, int64_t min, int64_t max) const {
  return at(key).as_int(min, max);
}

double JsonValue::get_double(const std::string& key) const { return at(key).as_double(); }

const std::string& JsonValue::get_string(const std::string& key) const {
  return at(key).as_string();  // lives in the document, which outlives the temporary
}

std::optional<bool> JsonValue::find_bool(const std::string& key) const {
  const auto value = find(key);
  return value ? std::optional(value->as_bool()) : std::nullopt;
}

std::optional<int64_t> JsonValue::find_int(const std::string& key, int64_t min, int64_t max) const {
  const auto value = find(key);
  return value ? std::optional(value->as_int(min, max)) : std::nullopt;
}

std::optional<double> JsonValue::find_double(const std::string& key) const {
  const auto value = find(key);
  return value ? std::optional(value->as_double()) : std::nullopt;
}

std::optional<std::string> JsonValue::find_string(const std::string& key) const {
  const auto value = find(key);
  return value ? std::optional(value->as_string()) : std::nullopt;
}

}  // namespace leakprobe
