#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

/// Typed access to a model's config.json or to GGUF metadata. A key may be nested:
/// "rope_parameters.rope_theta" (a key that itself holds dots is tried first). Every failure is an
/// Error that names the source and the key.
class ConfigReader {
 public:
  ConfigReader(Value values, std::string source)
      : values_(std::move(values)), source_(std::move(source)) {}

  bool has(std::string_view key) const;  ///< there and not null
  int64_t integer(std::string_view key) const;
  int64_t integer(std::string_view key, int64_t fallback) const;
  double number(std::string_view key) const;
  double number(std::string_view key, double fallback) const;
  bool boolean(std::string_view key, bool fallback) const;
  std::string text(std::string_view key) const;
  std::string text(std::string_view key, std::string fallback) const;
  /// The first of `keys` that is there, otherwise `fallback`: for dialects of one setting.
  double first_number(const std::vector<std::string>& keys, double fallback) const;

  const std::string& source() const { return source_; }
  const Value* find(std::string_view key) const;

 private:
  Value values_;
  std::string source_;
};

}  // namespace leakprobe
