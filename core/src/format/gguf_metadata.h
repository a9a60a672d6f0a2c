#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace leakprobe {

/// A metadata value of a GGUF file; integers of all widths are int64, floats are doubles.
using GgufValue = std::variant<bool, int64_t, double, std::string, std::vector<bool>,
                               std::vector<int64_t>, std::vector<double>, std::vector<std::string>>;

/// The metadata of a GGUF file by key. The getters convert nothing (get_double takes an integer
/// only where it is exact) and throw Error naming file and key where a value is absent, of another
/// type or out of range; the find_ variants give nothing where it is absent.
class GgufMetadata {
 public:
  GgufMetadata() = default;
  GgufMetadata(std::string source, std::map<std::string, GgufValue> entries);

  const std::map<std::string, GgufValue>& entries() const { return entries_; }
  bool has(const std::string& key) const { return entries_.contains(key); }

  bool get_bool(const std::string& key) const;
  int64_t get_int(const std::string& key, int64_t min = std::numeric_limits<int64_t>::min(),
                  int64_t max = std::numeric_limits<int64_t>::max()) const;
  double get_double(const std::string& key) const;
  const std::string& get_string(const std::string& key) const;
  const std::vector<int64_t>& get_ints(const std::string& key) const;
  const std::vector<double>& get_doubles(const std::string& key) const;
  const std::vector<std::string>& get_strings(const std::string& key) const;

  std::optional<bool> find_bool(const std::string& key) const;
  std::optional<int64_t> find_int(const std::string& key,
                                  int64_t min = std::numeric_limits<int64_t>::min(),
                                  int64_t max = std::numeric_limits<int64_t>::max()) const;
  std::optional<double> find_double(const std::string& key) const;
  std::optional<std::string> find_string(const std::string& key) const;

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;
  const GgufValue& value(const std::string& key) const;
  template <class T>
  const T& value_as(const std::string& key, const char* expected) const;

  std::string source_;
  std::map<std::string, GgufValue> entries_;
};

}  // namespace leakprobe
