#include "format/gguf_metadata.h"

#include <array>
#include <utility>

#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

constexpr std::array kKinds = {
    "true or false",          "an integer",         "a number",          "a string",
    "a list of truth values", "a list of integers", "a list of numbers", "a list of strings"};
static_assert(kKinds.size() == std::variant_size_v<GgufValue>);

}  // namespace

GgufMetadata::GgufMetadata(std::string source, std::map<std::string, GgufValue> entries)
    : source_(std::move(source)), entries_(std::move(entries)) {}

void GgufMetadata::fail(const std::string& key, const std::string& what) const {
  throw Error(source_ + ": metadata " + quote(key) + ": " + what +
              "; convert the model again, or take another file");
}

const GgufValue& GgufMetadata::value(const std::string& key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) fail(key, "is not in the file");
  return found->second;
}

template <class T>
const T& GgufMetadata::value_as(const std::string& key, const char* expected) const {
  const GgufValue& found = value(key);
  if (const T* wanted = std::get_if<T>(&found)) return *wanted;
  fail(key, std::string("expected ") + expected + ", found " + kKinds[found.index()]);
}

bool GgufMetadata::get_bool(const std::string& key) const {
  return value_as<bool>(key, "true or false");
}

int64_t GgufMetadata::get_int(const std::string& key, int64_t min, int64_t max) const {
  const int64_t number = value_as<int64_t>(key, "an integer");
  if (number < min || number > max) {
    fail(key, "expected an integer from " + std::to_string(min) + " to " + std::to_string(max) +
                  ", found " + std::to_string(number));
  }
  return number;
}

double GgufMetadata::get_double(const std::string& key) const {
  constexpr int64_t kExact = int64_t{1} << std::numeric_limits<double>::digits;
  if (const auto* integer = std::get_if<int64_t>(&value(key));
      integer != nullptr && *integer >= -kExact && *integer <= kExact) {
    return static_cast<double>(*integer);
  }
  return value_as<double>(key, "a number");
}

const std::string& GgufMetadata::get_string(const std::string& key) const {
  return value_as<std::string>(key, "a string");
}

const std::vector<int64_t>& GgufMetadata::get_ints(const std::string& key) const {
  return value_as<std::vector<int64_t>>(key, "a list of integers");
}

const std::vector<double>& GgufMetadata::get_doubles(const std::string& key) const {
  return value_as<std::vector<double>>(key, "a list of numbers");
}

const std::vector<std::string>& GgufMetadata::get_strings(const std::string& key) const {
  return value_as<std::vector<std::string>>(key, "a list of strings");
}

std::optional<bool> GgufMetadata::find_bool(const std::string& key) const {
  return has(key) ? std::optional(get_bool(key)) : std::nullopt;
}

std::optional<int64_t> GgufMetadata::find_int(const std::string& key, int64_t min,
                                              int64_t max) const {
  return has(key) ? std::optional(get_int(key, min, max)) : std::nullopt;
}

std::optional<double> GgufMetadata::find_double(const std::string& key) const {
  return has(key) ? std::optional(get_double(key)) : std::nullopt;
}

std::optional<std::string> GgufMetadata::find_string(const std::string& key) const {
  return has(key) ? std::optional(get_string(key)) : std::nullopt;
}

}  // namespace leakprobe
