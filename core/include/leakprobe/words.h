#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

/// The words of an enumeration, declared once beside it:
///
///     enum class Scope { row, batch };
///     constexpr auto words_of(Scope) {
///       return std::array{Word{Scope::row, "row", "the loss is a sum over items"},
///                         Word{Scope::batch, "batch", "it needs all items at once"}};
///     }
///
/// (a friend, where the enumeration stands in a struct). By them it is a parameter, read from files
/// and written, shown by `leakprobe show` and part of the JSON Schema; and records and messages
/// call its values.
namespace leakprobe {

template <class Enum>
struct Word {
  Enum value;
  const char* word;
  const char* doc;  ///< what the value means, without a point at its end
};

template <class Enum>
concept Worded = requires(Enum value) {
  words_of(value).front().word;
};

/// What files, records and messages call the value.
template <Worded Enum>
constexpr const char* word_of(Enum value) {
  for (const Word<Enum>& each : words_of(value)) {
    if (each.value == value) return each.word;
  }
  return "";
}

/// The value of that word.
template <Worded Enum>
constexpr std::optional<Enum> value_of(std::string_view word) {
  for (const Word<Enum>& each : words_of(Enum{})) {
    if (each.word == word) return each.value;
  }
  return std::nullopt;
}

}  // namespace leakprobe
