#include "leakprobe/config_reader.h"

#include "format/quote.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

[[noreturn]] void fail(const std::string& source, std::string_view key, const std::string& what) {
  throw Error(source + ": " + printable(key) + ": " + what);
}

const Value& required(const ConfigReader& reader, std::string_view key) {
  const Value* value = reader.find(key);
  if (value == nullptr) fail(reader.source(), key, "is missing; it is needed to build the model");
  return *value;
}

int64_t integer_of(const ConfigReader& reader, std::string_view key, const Value& value) {
  if (value.type() != Value::Type::integer) {
    fail(reader.source(), key, "expected an integer, found " + value.describe());
  }
  return value.as_integer();
}

double number_of(const ConfigReader& reader, std::string_view key, const Value& value) {
  if (value.type() != Value::Type::integer && value.type() != Value::Type::number) {
    fail(reader.source(), key, "expected a number, found " + value.describe());
  }
  return value.as_number();
}

std::string text_of(const ConfigReader& reader, std::string_view key, const Value& value) {
  if (!value.is_string()) {
    fail(reader.source(), key, "expected text, found " + value.describe());
  }
  return value.as_string();
}

// The whole key is tried before its parts, since GGUF's keys hold dots.
const Value* find_nested(const Value& values, std::string_view key) {
  if (const Value* value = values.find(key)) return value;
  for (size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.', dot + 1)) {
    const Value* inner = values.find(key.substr(0, dot));
    if (inner == nullptr) continue;
    if (const Value* value = find_nested(*inner, key.substr(dot + 1))) return value;
  }
  return nullptr;
}

}  // namespace

const Value* ConfigReader::find(std::string_view key) const {
  const Value* value = find_nested(values_, key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool ConfigReader::has(std::string_view key) const { return find(key) != nullptr; }

int64_t ConfigReader::integer(std::string_view key) const {
  return integer_of(*this, key, required(*this, key));
}

int64_t ConfigReader::integer(std::string_view key, int64_t fallback) const {
  const Value* value = find(key);
  return value == nullptr ? fallback : integer_of(*this, key, *value);
}

double ConfigReader::number(std::string_view key) const {
  return number_of(*this, key, required(*this, key));
}

double ConfigReader::number(std::string_view key, double fallback) const {
  const Value* value = find(key);
  return value == nullptr ? fallback : number_of(*this, key, *value);
}

bool ConfigReader::boolean(std::string_view key, bool fallback) const {
  const Value* value = find(key);
  if (value == nullptr) return fallback;
  if (value->type() != Value::Type::boolean) {
    fail(source_, key, "expected true or false, found " + value->describe());
  }
  return value->as_boolean();
}

std::string ConfigReader::text(std::string_view key) const {
  return text_of(*this, key, required(*this, key));
}

std::string ConfigReader::text(std::string_view key, std::string fallback) const {
  const Value* value = find(key);
  return value == nullptr ? fallback : text_of(*this, key, *value);
}

double ConfigReader::first_number(const std::vector<std::string>& keys, double fallback) const {
  for (const std::string& key : keys) {
    if (has(key)) return number(key);
  }
  return fallback;
}

}  // namespace leakprobe
