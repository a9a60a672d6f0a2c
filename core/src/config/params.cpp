#include "leakprobe/params.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <initializer_list>

#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

std::string bound_text(double number) {
  std::string text = to_json(number);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string bound_text(int64_t number) { return std::to_string(number); }

Value bounds(const char* low_key, Value low) { return detail::pair(low_key, std::move(low)); }

Value bounds(const char* low_key, Value low, const char* high_key, Value high) {
  Value schema = detail::pair(low_key, std::move(low));
  schema.set(high_key, std::move(high));
  return schema;
}

/// Options become factors in float32, which ends at 3e38: these sizes leave room for a square or a
/// reciprocal. So what is absurd is refused at its place and does not end a run in its first step.
constexpr double kLeastSize = 1e-30, kGreatestSize = 1e15;

bool is_of_a_size(double number) {
  const double size = std::abs(number);
  return size == 0 || (size >= kLeastSize && size <= kGreatestSize);
}

/// The JSON Schema of a parameter with what holds of every number: that one near 0 is exactly 0 no
/// range says.
void bound_numbers(Value& schema) {
  if (schema.is_list()) {
    for (Value& each : schema.as_list()) bound_numbers(each);
  }
  if (!schema.is_map()) return;
  for (const char* key : {"anyOf", "items", "additionalProperties"}) {
    if (Value* inner = schema.find(key)) bound_numbers(*inner);
  }
  const Value* type = schema.find("type");
  if (type == nullptr || *type != Value("number")) return;
  const auto has = [&](const char* key) { return schema.find(key) != nullptr; };
  if (!has("minimum") && !has("exclusiveMinimum")) schema.set("minimum", -kGreatestSize);
  if (!has("maximum") && !has("exclusiveMaximum")) schema.set("maximum", kGreatestSize);
}

bool is_snake_case(const std::string& name) {
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

std::string found(const Value& value) {
  std::string text = value.describe();
  if (value.is_string() && value.quoted) text += " in quotes";
  return text;
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

std::string boolean_hint(const Value& value) {
  if (!value.is_string()) return "";
  const std::string lower = lower_case(value.as_string());
  if (is_one_of(lower, {"true", "yes", "on", "y"})) return "write true, without quotes";
  if (is_one_of(lower, {"false", "no", "off", "n"})) return "write false, without quotes";
  return "";
}

// Why text is no number, for the ways in which YAML elsewhere or C would take it for one.
std::string number_hint(const Value& value) {
  if (!value.is_string()) return "";
  const std::string& text = value.as_string();
  const std::string digits = text.substr(text.find_first_not_of("+-") == 1 ? 1 : 0);
  if (is_one_of(lower_case(digits), {".nan", ".inf", "nan", "inf", "infinity"})) {
    return "NaN and infinity are not taken";
  }
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return "";
  if (value.quoted) return "write it without quotes";
  if (digits.starts_with("0x") || digits.starts_with("0o")) return "write it in decimal digits";
  if (digits[0] == '0') return "write it without leading zeros";
  if (digits.find('_') != std::string::npos) return "write it without underscores";
  if (digits.find(',') != std::string::npos) return "write a point, and no commas";
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  const std::string rest = end;
  const auto is_letter = [](char c) {
    return c == '%' || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
  };
  if (!rest.empty() && std::all_of(rest.begin(), rest.end(), is_letter)) {
    return "write the number alone, without " + quote(rest);
  }
  return "write it with decimal digits only";
}

}  // namespace

template <class T>
Range<T> detail::range_of(Bounds kind, T low, T high) {
  const std::string from = bound_text(low), to = bound_text(high);
  switch (kind) {
    case Bounds::above:
      return {[=](T x) { return x > low; }, "above " + from, bounds("exclusiveMinimum", low), {}};
    case Bounds::at_least:
      return {[=](T x) { return x >= low; }, "at least " + from, bounds("minimum", low), {}};
    case Bounds::between:
      return {[=](T x) { return x >= low && x <= high; },
              "from " + from + " to " + to,
              bounds("minimum", low, "maximum", high),
              {}};
    case Bounds::from_below:
      return {[=](T x) { return x >= low && x < high; },
              "at least " + from + " and below " + to,
              bounds("minimum", low, "exclusiveMaximum", high),
              {}};
    case Bounds::strictly_between:
      return {[=](T x) { return x > low && x < high; },
              "above " + from + " and below " + to,
              bounds("exclusiveMinimum", low, "exclusiveMaximum", high),
              {}};
  }
  throw CheckError("bounds of no known kind");
}
template Range<int64_t> detail::range_of(Bounds, int64_t, int64_t);
template Range<double> detail::range_of(Bounds, double, double);

Range<std::string> one_of(std::vector<std::string> words) {
  std::string phrase = words.size() == 1 ? "" : "one of ";
  Value list = Value::list();
  for (const std::string& word : words) {
    if (&word != &words.front()) phrase += ", ";
    phrase += "'" + word + "'";
    list.push_back(word);
  }
  return {[words](const std::string& word) {
            return std::find(words.begin(), words.end(), word) != words.end();
          },
          phrase, detail::pair("enum", std::move(list)), words};
}

Range<std::string> not_empty() {
  return {[](const std::string& text) { return !text.empty(); },
          "some text, not empty",
          bounds("minLength", 1),
          {}};
}

namespace detail {

Value pair(const char* key, Value value) {
  Value map = Value::map();
  map.set(key, std::move(value));
  return map;
}

void merge_schema(Value& base, const Value& more) {
  for (const Value::Entry& entry : more.entries()) {
    Value* present = base.find(entry.key);
    if (present != nullptr && present->is_map() && entry.value.is_map()) {
      merge_schema(*present, entry.value);
    } else {
      base.set(entry.key, entry.value);
    }
  }
}

bool wrong_type(const Value& value, const std::string& path, const std::string& expected,
                Reader& reader, const std::string& hint) {
  reader.error(value, path, "expected " + expected + ", found " + found(value), hint);
  return false;
}

bool out_of_range(const Value& value, const std::string& path, const std::string& phrase,
                  const std::vector<std::string>& words, Reader& reader) {
  std::string hint;
  if (value.is_string()) {
    const std::string near = meant_word(value.as_string(), words);
    if (!near.empty()) hint = "did you mean '" + near + "'?";
  }
  reader.error(value, path, "must be " + phrase + ", found " + found(value), hint);
  return false;
}

}  // namespace detail

bool ParameterType<bool>::read(bool& out, const Value& value, const std::string& path,
                               Reader& reader) {
  if (value.type() != Value::Type::boolean) {
    return detail::wrong_type(value, path, "true or false", reader, boolean_hint(value));
  }
  out = value.as_boolean();
  return true;
}

bool ParameterType<int64_t>::read(int64_t& out, const Value& value, const std::string& path,
                                  Reader& reader) {
  if (value.type() == Value::Type::integer) {
    out = value.as_integer();
    return true;
  }
  std::string hint = number_hint(value);
  if (value.type() == Value::Type::number) {
    const double number = value.as_number();
    if (std::abs(number) < 1e15 && number == std::floor(number)) {
      hint = "write " + std::to_string(static_cast<int64_t>(number));
    }
  }
  return detail::wrong_type(value, path, "an integer", reader, hint);
}

bool ParameterType<double>::read(double& out, const Value& value, const std::string& path,
                                 Reader& reader) {
  if (value.type() == Value::Type::integer || value.type() == Value::Type::number) {
    const double number = value.as_number();
    if (!is_of_a_size(number)) {
      reader.error(value, path,
                   "must be 0, or in size from " + bound_text(kLeastSize) + " to " +
                       bound_text(kGreatestSize) + ", found " + found(value),
                   "training computes in float32, which has no room for what others make");
      return false;
    }
    out = number;
    return true;
  }
  return detail::wrong_type(value, path, "a number", reader, number_hint(value));
}

bool ParameterType<std::string>::read(std::string& out, const Value& value, const std::string& path,
                                      Reader& reader) {
  if (!value.is_string()) {
    const bool scalar = !value.is_list() && !value.is_map() && !value.is_null();
    return detail::wrong_type(value, path, "text", reader, scalar ? "put it in quotes" : "");
  }
  out = value.as_string();
  return true;
}

bool ParameterType<std::filesystem::path>::read(std::filesystem::path& out, const Value& value,
                                                const std::string& path, Reader& reader) {
  std::string text;
  if (!ParameterType<std::string>::read(text, value, path, reader)) return false;
  out = text.empty() ? std::filesystem::path() : resolve_path(text, value.place);
  return true;
}

Value ParameterType<std::filesystem::path>::write(const std::filesystem::path& value) {
  Value text(value.string());
  text.is_path = !value.empty();
  return text;
}

std::filesystem::path resolve_path(const std::filesystem::path& path, const Place& place) {
  return std::filesystem::absolute(folder_of(place) / path).lexically_normal();
}

void Parameters::add(Field field, const std::string& fault_of_default) {
  const std::string what = "parameter '" + field.name + "'";
  LEAKPROBE_CHECK(is_snake_case(field.name), what + " is not named in snake_case");
  LEAKPROBE_CHECK(find(field.name) == nullptr, what + " is declared twice");
  LEAKPROBE_CHECK(!field.doc.empty(), what + " has no doc");
  LEAKPROBE_CHECK(fault_of_default.empty(), "the default of " + what + " " + fault_of_default);
  fields_.push_back(std::move(field));
}

void Parameters::add(Relation relation) {
  LEAKPROBE_CHECK(find(relation.field) != nullptr,
                  "a relation names the undeclared parameter '" + relation.field + "'");
  relations_.push_back(std::move(relation));
}

const Field* Parameters::find(const std::string& name) const {
  const auto at = std::find_if(fields_.begin(), fields_.end(),
                               [&](const Field& field) { return field.name == name; });
  return at == fields_.end() ? nullptr : &*at;
}

const Field& Parameters::at(const std::string& name) const {
  const Field* found = find(name);
  LEAKPROBE_CHECK(found, "no parameter '" + name + "' is declared");
  return *found;
}

std::shared_ptr<void> Parameters::read(const Value& value, const std::string& path, Reader& reader,
                                       const std::vector<std::string>& reserved) const {
  std::shared_ptr<void> options = make_();
  read_into(options.get(), value, path, reader, reserved);
  return options;
}

bool Parameters::read_into(void* options, const Value& value, const std::string& path,
                           Reader& reader, const std::vector<std::string>& reserved) const {
  if (!value.is_map()) return detail::wrong_type(value, path, "a mapping", reader);
  bool good = true;
  for (const Value::Entry& entry : value.entries()) {
    if (find(entry.key) != nullptr ||
        std::find(reserved.begin(), reserved.end(), entry.key) != reserved.end()) {
      continue;
    }
    std::vector<std::string> known;
    for (const Field& field : fields_) known.push_back(field.name);
    known.insert(known.end(), reserved.begin(), reserved.end());
    reader.diagnostics().error(entry.place, child_path(path, entry.key),
                               "unknown parameter " + Value(entry.key).describe(),
                               suggest(entry.key, known, "known parameters"));
    good = false;
  }
  for (const Field& field : fields_) {
    const std::string field_path = child_path(path, field.name);
    const Value* given = value.find(field.name);
    if (given != nullptr && !given->is_null()) {
      good = field.set(options, *given, field_path, reader) && good;
    } else if (field.required) {
      reader.error(value, field_path, "missing; it is required", field.doc);
      good = false;
    } else if (field.complete) {
      field.complete(options, field_path, value.place, reader);
    }
  }
  if (!good) return false;
  for (const Relation& relation : relations_) {
    if (relation.holds(options)) continue;
    const Value* at = value.find(relation.field);
    reader.error(at != nullptr ? *at : value, child_path(path, relation.field), relation.phrase);
    good = false;
  }
  return good;
}

void Parameters::complete(void* options, const std::string& path, const Place& place,
                          Reader& reader) const {
  for (const Field& field : fields_) {
    if (field.complete) field.complete(options, child_path(path, field.name), place, reader);
  }
}

Value Parameters::write(const void* options) const {
  Value map = Value::map();
  for (const Field& field : fields_) map.set(field.name, field.get(options));
  return map;
}

Value Parameters::schema() const {
  const std::shared_ptr<void> defaults = make_();
  Value properties = Value::map();
  Value required = Value::list();
  for (const Field& field : fields_) {
    Value property = field.schema;
    bound_numbers(property);
    std::string description = field.doc;
    for (const auto& [word, doc] : field.words) {
      description += (&word == &field.words.front().first ? " " : "; ") + word + ": " + doc;
    }
    if (!field.words.empty()) description += ".";
    if (!field.unit.empty()) description += " Unit: " + field.unit + ".";
    property.set("description", description);
    if (field.required) {
      required.push_back(field.name);
    } else {
      property.set("default", field.get(defaults.get()));
    }
    properties.set(field.name, std::move(property));
  }
  Value schema = detail::pair("type", "object");
  schema.set("properties", std::move(properties));
  if (!required.as_list().empty()) schema.set("required", std::move(required));
  schema.set("additionalProperties", false);
  return schema;
}

}  // namespace leakprobe
