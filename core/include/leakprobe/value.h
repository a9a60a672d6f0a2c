#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "leakprobe/diagnostic.h"

namespace leakprobe {

/// A tree of plain values that knows where in a file each part stands: what an experiment file is
/// read into, what a resolved configuration, a record and a result are made of. Maps keep their
/// order and have unique keys.
class Value {
 public:
  enum class Type { null, boolean, integer, number, string, list, map };
  struct Entry;
  using List = std::vector<Value>;
  using Map = std::vector<Entry>;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool boolean) : data_(boolean) {}
  Value(int integer) : data_(int64_t{integer}) {}
  Value(int64_t integer) : data_(integer) {}
  Value(double number) : data_(number) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(List list) : data_(std::move(list)) {}
  static Value map() { return Value(Map{}); }
  static Value list() { return Value(List{}); }

  Type type() const { return static_cast<Type>(data_.index()); }
  bool is_null() const { return type() == Type::null; }
  bool is_map() const { return type() == Type::map; }
  bool is_list() const { return type() == Type::list; }
  bool is_string() const { return type() == Type::string; }
  bool is_boolean() const { return type() == Type::boolean; }
  bool is_integer() const { return type() == Type::integer; }
  bool is_number() const { return type() == Type::number || is_integer(); }

  /// The content; a CheckError where the type differs (as_number also takes an integer).
  bool as_boolean() const;
  int64_t as_integer() const;
  double as_number() const;
  const std::string& as_string() const;
  const List& as_list() const;
  List& as_list();
  const Map& entries() const;
  Map& entries();

  /// The value under `key`, nullptr where this is no map or has no such key.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Whether there is something under `key` that is not null.
  bool has(std::string_view key) const;
  /// The value under `key`, and the same as one type (a number may be an integer). Throws Error
  /// that names file and path, where there is none, it has another type or is out of range.
  const Value& at(std::string_view key) const;
  Value& at(std::string_view key);
  bool boolean(std::string_view key) const;
  int64_t integer(std::string_view key, int64_t least = std::numeric_limits<int64_t>::min(),
                  int64_t most = std::numeric_limits<int64_t>::max()) const;
  double number(std::string_view key) const;
  const std::string& text(std::string_view key) const;
  const Value& mapping(std::string_view key) const;
  const List& items(std::string_view key) const;
  /// A list all of whose items have one type.
  const List& maps(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  std::vector<int64_t> integers(std::string_view key,
                                int64_t least = std::numeric_limits<int64_t>::min()) const;
  std::vector<double> numbers(std::string_view key) const;
  /// Throws Error "<file>: <path>: <what>" about this map or list, or about what a map has under
  /// `key`, for what only the caller can judge.
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail(std::string_view key, const std::string& what) const;
  /// The same of trees that may hold anything: nothing, "" or no items where there is none, it is
  /// null, or it has another type.
  std::optional<bool> find_boolean(std::string_view key) const;
  std::optional<int64_t> find_integer(std::string_view key) const;
  std::optional<double> find_number(std::string_view key) const;
  std::string find_text(std::string_view key) const;
  const List& find_items(std::string_view key) const;
  /// Sets `key` of a map (of null: makes it a map); an existing key keeps its place in the order.
  Value& set(std::string key, Value value);
  void erase(std::string_view key);
  /// Appends to a list (of null: makes it a list).
  void push_back(Value value);

  /// As diagnostics speak of it: "'yes'", "the number 12", "true", "a list", "a mapping",
  /// "nothing".
  std::string describe() const;

  /// Whether type and content are equal; places do not count, the order of a map's keys does.
  friend bool operator==(const Value& a, const Value& b);

  /// Where the value stands; for a map or list its first character.
  Place place;
  /// Whether a string stood in quotes: then it is never taken for a number.
  bool quoted = false;
  /// Whether a string is the path of a file or folder: what that holds counts, not where it lies.
  bool is_path = false;
  /// Whether the order of a map's keys may decide numbers, so that a digest tells it apart.
  bool is_ordered = false;

 private:
  explicit Value(Map map) : data_(std::move(map)) {}
  std::variant<std::monostate, bool, int64_t, double, std::string, List, Map> data_;
};

struct Value::Entry {
  std::string key;
  Place place;  ///< of the key
  Value value;
  friend bool operator==(const Entry& a, const Entry& b) {
    return a.key == b.key && a.value == b.value;
  }
};

/// The path of `key` below `path`: "phases.elicit"; of item `index` of a list: "sets[1]".
std::string child_path(const std::string& path, std::string_view key);
std::string child_path(const std::string& path, size_t index);

/// Compact JSON on one line; doubles in the shortest form that reads back equal; throws CheckError
/// for NaN and infinity.
std::string to_json(const Value& value);
/// The same with two blanks of indentation.
std::string to_pretty_json(const Value& value);
/// Block-style YAML which reads back equal.
std::string to_yaml(const Value& value);

}  // namespace leakprobe
