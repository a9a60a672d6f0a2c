#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/words.h"

/// What must hold of a declared parameter, each said by the compiler in one sentence.
namespace leakprobe::detail {

template <class...>
inline constexpr bool kNever = false;

/// What lists, optionals and maps of a type hold in the end.
template <class T>
struct Innermost {
  using type = T;
};
template <class T>
struct Innermost<std::optional<T>> : Innermost<T> {};
template <class T>
struct Innermost<std::vector<T>> : Innermost<T> {};
template <class T, size_t N>
struct Innermost<std::array<T, N>> : Innermost<T> {};
template <class T>
struct Innermost<Named<T>> : Innermost<T> {};
template <class T>
struct Innermost<std::map<std::string, T>> : Innermost<T> {};

template <class T>
concept HasParameterType = requires {
  sizeof(ParameterType<T>);
};

template <class T>
concept Declared = requires {
  static_cast<void (*)(Schema<T>&)>(&T::declare);
};

/// Whether the type `T` can be a parameter of `Options`.
template <class Options, class T>
consteval bool is_parameter_type() {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, int64_t> ||
                std::is_same_v<T, double>) {
    return true;
  } else if constexpr (std::is_integral_v<T>) {
    static_assert(kNever<T>, "a parameter that is an integer is an int64_t: write int64_t");
    return false;
  } else if constexpr (std::is_floating_point_v<T>) {
    static_assert(kNever<T>, "a parameter that is a number is a double: write double");
    return false;
  } else if constexpr (Worded<T>) {
    return true;
  } else if constexpr (std::is_enum_v<T>) {
    static_assert(kNever<T>,
                  "an enum that is a parameter has words: declare words_of (leakprobe/words.h)");
    return false;
  } else if constexpr (!std::is_same_v<T, std::string> &&
                       (std::is_convertible_v<T, std::string_view> || std::is_array_v<T>)) {
    static_assert(kNever<T>, "a parameter that is text is a std::string: write std::string");
    return false;
  } else if constexpr (!HasParameterType<T>) {
    static_assert(kNever<T>,
                  "this type is no parameter: parameters are bool, int64_t, double, std::string, "
                  "std::filesystem::path, an enum with words, Slot, Stream, WeightsRef, Role "
                  "(leakprobe/roles.h), a struct with "
                  "`static void declare(Schema<T>&)`, and std::optional, std::vector, std::array, "
                  "std::map<std::string, ...> and Named of those");
    return false;
  } else if constexpr (!std::is_default_constructible_v<T>) {
    static_assert(kNever<T>, "a struct that is a parameter has a default for each member");
    return false;
  } else {
    return true;
  }
}

template <class Range>
inline constexpr bool kIsRange = false;
template <class T>
inline constexpr bool kIsRange<Range<T>> = true;
template <>
inline constexpr bool kIsRange<IntegerRange> = true;
template <>
inline constexpr bool kIsRange<Unbounded> = true;

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

/// Whether a parameter of type `Member` can have the range `Allowed`.
template <class Member, class Allowed>
consteval bool fits() {
  if constexpr (std::is_same_v<Allowed, Unbounded> ||
                std::is_convertible_v<Allowed, Range<Member>>) {
    return true;
  } else if constexpr (kIsOptional<Member>) {
    return fits<typename Member::value_type, Allowed>();
  } else {
    return std::is_same_v<Allowed, IntegerRange> && std::is_same_v<Member, double>;
  }
}

template <class Options, class Member, class Allowed>
consteval bool is_range_of() {
  using Inner = typename Innermost<Member>::type;
  if constexpr (!kIsRange<Allowed>) {
    static_assert(kNever<Allowed>,
                  "the third argument is a range: kAny, above(...), at_least(...), between(...), "
                  "one_of({...}), not_empty(), each(...), some<T>()");
    return false;
  } else if constexpr (fits<Member, Allowed>()) {
    return true;
  } else if constexpr (fits<Inner, Allowed>()) {
    static_assert(kNever<Member>, "a range for each element of a list is written each(...)");
    return false;
  } else if constexpr (std::is_same_v<Inner, int64_t> &&
                       std::is_convertible_v<Allowed, Range<double>>) {
    static_assert(kNever<Member>, "the bounds of an int64_t are integers: write above(0)");
    return false;
  } else {
    static_assert(kNever<Member>,
                  "the range is of another type than the member: above, at_least and between are "
                  "for int64_t and, with points in all bounds, for double; one_of and not_empty "
                  "for std::string; each and some for lists");
    return false;
  }
}

template <class>
struct DataMember {};
template <class Type, class Owner>
struct DataMember<Type Owner::*> {
  using type = Type;
  using owner = Owner;
};

/// Whether what `Member` points to can be a parameter of `Options` with this range.
template <class Options, class Member, class Allowed>
consteval bool is_parameter() {
  if constexpr (!std::is_member_object_pointer_v<Member>) {
    static_assert(kNever<Member>,
                  "name a data member that each Options has of its own: &Options::beta");
    return false;
  } else {
    using Type = typename DataMember<Member>::type;
    if constexpr (!std::is_base_of_v<typename DataMember<Member>::owner, Options>) {
      static_assert(kNever<Member>,
                    "the member belongs to another struct than the Schema: name one of its own");
      return false;
    } else if constexpr (std::is_const_v<Type>) {
      static_assert(kNever<Member>, "a parameter is read from files: its member is not const");
      return false;
    } else if constexpr (!is_parameter_type<Options, typename Innermost<Type>::type>()) {
      return false;
    } else {
      return is_range_of<Options, Type, Allowed>();
    }
  }
}

template <class Member>
void say_how_to_declare() {
  static_assert(kNever<Member>,
                "a parameter is declared with name, member, range (kAny where every value is "
                "meant) and a sentence on what it is");
}

template <class Options, class Holds>
consteval bool is_relation() {
  constexpr bool sound = std::is_invocable_r_v<bool, const Holds&, const Options&>;
  static_assert(sound, "a relation takes the options and gives a bool: [](const Options& options)");
  return sound;
}

}  // namespace leakprobe::detail
