#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

using Json = nlohmann::json;
/// Keeps the order in which members were added; for writing (finding a member is linear).
using OrderedJson = nlohmann::ordered_json;

struct JsonRules {
  size_t max_bytes = size_t{1} << 28;
  /// Arrays and objects inside one another; 1 allows `[1, 2]` but not `[[1]]`.
  int max_depth = 64;
  /// What to do about a document that is not as it must be, behind each sentence that says so.
  std::string remedy = {};
};

/// A value in a JSON document that knows where it stands, so that every error names the file and
/// the path: "config.json: rope_parameters.rope_theta: expected a number, found a string".
///
/// Nothing is ever converted, wrapped or truncated. Copies are cheap and share the document.
/// An explicit null counts as absent wherever a member is optional.
class JsonValue {
 public:
  /// Parses strictly (RFC 8259): duplicate keys, invalid UTF-8, a byte order mark, anything after
  /// the value, NaN, numbers beyond double and what exceeds the limits throw Error with
  /// source:line:column and the byte.
  static JsonValue parse(std::string_view text, std::string source, JsonRules rules = {});

  /// Parses a file; its path is the source. Throws Error as `parse` and `read_file` do.
  static JsonValue read(const std::filesystem::path& path, JsonRules rules = {});

  bool is_object() const { return value_->is_object(); }
  bool is_array() const { return value_->is_array(); }
  bool is_string() const { return value_->is_string(); }
  bool is_number() const { return value_->is_number(); }
  bool is_null() const { return value_->is_null(); }

  /// This value as the type; throws Error where it is another. `as_int` takes only numbers written
  /// as integers, within [min, max]; `as_double` takes integers only where they are exact.
  bool as_bool() const;
  int64_t as_int(int64_t min = std::numeric_limits<int64_t>::min(),
                 int64_t max = std::numeric_limits<int64_t>::max()) const;
  double as_double() const;
  const std::string& as_string() const;

  /// Elements of an array or members of an object. Throws Error for other values.
  size_t size() const;

  /// Element of an array. Throws Error where this is no array or has no such element.
  JsonValue operator[](size_t index) const;

  /// Names of an object's members, sorted. Throws Error where this is no object.
  std::vector<std::string> keys() const;

  /// Whether an object has this member and it is not null. Throws Error where this is no object.
  bool has(const std::string& key) const;

  /// Member of an object, null or not. Throws Error where this is no object or has none.
  JsonValue at(const std::string& key) const;

  /// The same, nothing where it is absent or null. Throws Error where this is no object.
  std::optional<JsonValue> find(const std::string& key) const;

  /// Member of a type: `at(key)` and then `as_...`.
  bool get_bool(const std::string& key) const;
  int64_t get_int(const std::string& key, int64_t min = std::numeric_limits<int64_t>::min(),
                  int64_t max = std::numeric_limits<int64_t>::max()) const;
  double get_double(const std::string& key) const;
  const std::string& get_string(const std::string& key) const;

  /// The same, nothing where it is absent or null; a wrong type is still an Error.
  std::optional<bool> find_bool(const std::string& key) const;
  std::optional<int64_t> find_int(const std::string& key,
                                  int64_t min = std::numeric_limits<int64_t>::min(),
                                  int64_t max = std::numeric_limits<int64_t>::max()) const;
  std::optional<double> find_double(const std::string& key) const;
  std::optional<std::string> find_string(const std::string& key) const;

  /// "config.json: a.b[3]", or "config.json" at the top.
  std::string place() const;

  /// Throws Error "<place>: <what>", for what only the caller can judge; `what` says what to do.
  [[noreturn]] void fail(const std::string& what) const;
  /// The same of what nobody means to write, with the document's remedy.
  [[noreturn]] void fail_damaged(const std::string& what) const;
  /// "<place>: expected <what>, found ...", with the document's remedy.
  [[noreturn]] void fail_type(std::string_view expected) const;

  /// The document's remedy, "" where it has none.
  const std::string& remedy() const;

  /// The value as nlohmann holds it; lives as long as this object or a copy of it.
  const Json& raw() const { return *value_; }

 private:
  struct Document;
  JsonValue(std::shared_ptr<const Document> document, const Json* value, std::string path);
  const Json& object() const;
  JsonValue member(const std::string& key, const Json& value) const;

  std::shared_ptr<const Document> document_;
  const Json* value_;
  std::string path_;
};

}  // namespace leakprobe
