#pragma once

#include "leakprobe/params.h"
#include "leakprobe/params_checks.h"

/// How each type of parameter is read, written and described. A specialisation of ParameterType has
///   static std::string name()                "number", "list of text": what `show` prints
///   static Value schema()                    JSON Schema
///   static bool read(T&, const Value&, const std::string& path, Reader&)   false = reported
///   static Value write(const T&)
/// and, where they apply,
///   static std::vector<std::pair<std::string, std::string>> words()    of an enumeration
///   static void complete(T&, const std::string& path, const Place&, Reader&)
///   static std::vector<Field> fields()       of a nested struct
namespace leakprobe {
namespace detail {

/// Reports "expected <expected>, found <value>"; gives false.
bool wrong_type(const Value& value, const std::string& path, const std::string& expected,
                Reader& reader, const std::string& hint = "");
/// Reports "must be <phrase>, found <value>"; gives false.
bool out_of_range(const Value& value, const std::string& path, const std::string& phrase,
                  const std::vector<std::string>& words, Reader& reader);
/// Adds the keys of `more` to the schema `base`, maps within maps too.
void merge_schema(Value& base, const Value& more);
/// {key: value}, for schemas.
Value pair(const char* key, Value value);

}  // namespace detail

template <>
struct ParameterType<bool> {
  static std::string name() { return "true or false"; }
  static Value schema() { return detail::pair("type", "boolean"); }
  static bool read(bool& out, const Value& value, const std::string& path, Reader& reader);
  static Value write(bool value) { return value; }
};

template <>
struct ParameterType<int64_t> {
  static std::string name() { return "integer"; }
  static Value schema() { return detail::pair("type", "integer"); }
  static bool read(int64_t& out, const Value& value, const std::string& path, Reader& reader);
  static Value write(int64_t value) { return value; }
};

template <>
struct ParameterType<double> {
  static std::string name() { return "number"; }
  static Value schema() { return detail::pair("type", "number"); }
  static bool read(double& out, const Value& value, const std::string& path, Reader& reader);
  static Value write(double value) { return value; }
};

template <>
struct ParameterType<std::string> {
  static std::string name() { return "text"; }
  static Value schema() { return detail::pair("type", "string"); }
  static bool read(std::string& out, const Value& value, const std::string& path, Reader& reader);
  static Value write(const std::string& value) { return value; }
};

/// Made absolute: relative to the folder of the file in which it stands, to the current folder for
/// one from the command line.
template <>
struct ParameterType<std::filesystem::path> {
  static std::string name() { return "path"; }
  static Value schema() { return detail::pair("type", "string"); }
  static bool read(std::filesystem::path& out, const Value& value, const std::string& path,
                   Reader& reader);
  static Value write(const std::filesystem::path& value);
};

/// An enumeration, in a file one of its words.
template <Worded T>
struct ParameterType<T> {
  static std::vector<std::pair<std::string, std::string>> words() {
    std::vector<std::pair<std::string, std::string>> all;
    for (const Word<T>& each : words_of(T{})) all.emplace_back(each.word, each.doc);
    return all;
  }
  static Range<std::string> range() {
    std::vector<std::string> all;
    for (const auto& [word, doc] : words()) all.push_back(word);
    return one_of(std::move(all));
  }
  static std::string name() { return range().phrase; }
  static Value schema() {
    Value schema = ParameterType<std::string>::schema();
    detail::merge_schema(schema, range().schema);
    return schema;
  }
  static bool read(T& out, const Value& value, const std::string& path, Reader& reader) {
    std::string word;
    if (!ParameterType<std::string>::read(word, value, path, reader)) return false;
    const std::optional<T> found = value_of<T>(word);
    if (!found) return detail::out_of_range(value, path, range().phrase, range().words, reader);
    out = *found;
    return true;
  }
  static Value write(T value) { return word_of(value); }
};

namespace detail {

template <class T>
concept Completed = requires(T& value, const std::string& path, const Place& place,
                             Reader& reader) {
  ParameterType<T>::complete(value, path, place, reader);
};

template <class T>
std::vector<Field> fields_of() {
  if constexpr (requires { ParameterType<T>::fields(); }) {
    return ParameterType<T>::fields();
  } else {
    return {};
  }
}

template <class T>
std::vector<std::pair<std::string, std::string>> words_of_type() {
  if constexpr (requires { ParameterType<T>::words(); }) {
    return ParameterType<T>::words();
  } else {
    return {};
  }
}

}  // namespace detail

template <class T>
struct ParameterType<std::optional<T>> {
  static std::string name() { return ParameterType<T>::name(); }
  static Value schema() {
    Value either = Value::list();
    either.push_back(ParameterType<T>::schema());
    either.push_back(detail::pair("type", "null"));
    return detail::pair("anyOf", std::move(either));
  }
  static bool read(std::optional<T>& out, const Value& value, const std::string& path,
                   Reader& reader) {
    if (value.is_null()) {
      out.reset();
      return true;
    }
    T parsed{};
    if (!ParameterType<T>::read(parsed, value, path, reader)) return false;
    out = std::move(parsed);
    return true;
  }
  static Value write(const std::optional<T>& value) {
    return value ? ParameterType<T>::write(*value) : Value();
  }
  static std::vector<Field> fields() { return detail::fields_of<T>(); }
  static std::vector<std::pair<std::string, std::string>> words() {
    return detail::words_of_type<T>();
  }
};

template <class T>
struct ParameterType<std::vector<T>> {
  static std::string name() { return "list of " + ParameterType<T>::name(); }
  static Value schema() {
    Value schema = detail::pair("type", "array");
    schema.set("items", ParameterType<T>::schema());
    return schema;
  }
  static bool read(std::vector<T>& out, const Value& value, const std::string& path,
                   Reader& reader) {
    if (!value.is_list()) {
      return detail::wrong_type(value, path, "a " + name(), reader,
                                "write [...], also around one element");
    }
    std::vector<T> parsed;
    bool good = true;
    for (const Value& element : value.as_list()) {
      T item{};
      good = ParameterType<T>::read(item, element, child_path(path, parsed.size()), reader) && good;
      parsed.push_back(std::move(item));
    }
    if (good) out = std::move(parsed);
    return good;
  }
  static Value write(const std::vector<T>& value) {
    Value list = Value::list();
    for (const T& element : value) list.push_back(ParameterType<T>::write(element));
    return list;
  }
  static std::vector<Field> fields() { return detail::fields_of<T>(); }
  static void complete(std::vector<T>& value, const std::string& path, const Place& place,
                       Reader& reader) requires detail::Completed<T> {
    for (size_t i = 0; i < value.size(); ++i) {
      ParameterType<T>::complete(value[i], child_path(path, i), place, reader);
    }
  }
};

template <class T, size_t N>
struct ParameterType<std::array<T, N>> {
  static std::string name() { return std::to_string(N) + " of " + ParameterType<T>::name(); }
  static Value schema() {
    Value schema = ParameterType<std::vector<T>>::schema();
    schema.set("minItems", static_cast<int64_t>(N));
    schema.set("maxItems", static_cast<int64_t>(N));
    return schema;
  }
  static bool read(std::array<T, N>& out, const Value& value, const std::string& path,
                   Reader& reader) {
    std::vector<T> parsed;
    if (!ParameterType<std::vector<T>>::read(parsed, value, path, reader)) return false;
    if (parsed.size() != N) {
      reader.error(
          value, path,
          "expected " + std::to_string(N) + " elements, found " + std::to_string(parsed.size()));
      return false;
    }
    std::move(parsed.begin(), parsed.end(), out.begin());
    return true;
  }
  static Value write(const std::array<T, N>& value) {
    return ParameterType<std::vector<T>>::write({value.begin(), value.end()});
  }
};

template <class T>
struct ParameterType<Named<T>> {
  static std::string name() { return "mapping of names to " + ParameterType<T>::name(); }
  static Value schema() {
    Value schema = detail::pair("type", "object");
    schema.set("additionalProperties", ParameterType<T>::schema());
    return schema;
  }
  static bool read(Named<T>& out, const Value& value, const std::string& path, Reader& reader) {
    if (!value.is_map()) return detail::wrong_type(value, path, "a " + name(), reader);
    Named<T> parsed;
    bool good = true;
    for (const Value::Entry& entry : value.entries()) {
      if (entry.value.is_null()) continue;
      T item{};
      good = ParameterType<T>::read(item, entry.value, child_path(path, entry.key), reader) && good;
      parsed.emplace_back(entry.key, std::move(item));
    }
    if (good) out = std::move(parsed);
    return good;
  }
  static Value write(const Named<T>& value) {
    Value map = Value::map();
    map.is_ordered = true;
    for (const auto& [key, item] : value) map.set(key, ParameterType<T>::write(item));
    return map;
  }
  static std::vector<Field> fields() { return detail::fields_of<T>(); }
  static void complete(Named<T>& value, const std::string& path, const Place& place,
                       Reader& reader) requires detail::Completed<T> {
    for (auto& [key, item] : value) {
      ParameterType<T>::complete(item, child_path(path, key), place, reader);
    }
  }
};

template <class T>
struct ParameterType<std::map<std::string, T>> {
  static std::string name() { return ParameterType<Named<T>>::name(); }
  static Value schema() { return ParameterType<Named<T>>::schema(); }
  static bool read(std::map<std::string, T>& out, const Value& value, const std::string& path,
                   Reader& reader) {
    Named<T> parsed;
    if (!ParameterType<Named<T>>::read(parsed, value, path, reader)) return false;
    out.clear();
    for (auto& [key, item] : parsed) out.emplace(std::move(key), std::move(item));
    return true;
  }
  static Value write(const std::map<std::string, T>& value) {
    Value map = Value::map();
    for (const auto& [key, item] : value) map.set(key, ParameterType<T>::write(item));
    return map;
  }
  static std::vector<Field> fields() { return detail::fields_of<T>(); }
  static void complete(std::map<std::string, T>& value, const std::string& path, const Place& place,
                       Reader& reader) requires detail::Completed<T> {
    for (auto& [key, item] : value) {
      ParameterType<T>::complete(item, child_path(path, key), place, reader);
    }
  }
};

/// A struct with its own declaration.
template <class T>
requires detail::Declared<T>
struct ParameterType<T> {
  static const Schema<T>& parameters() {
    static const Schema<T> schema;
    return schema;
  }
  static std::string name() { return "mapping"; }
  static Value schema() { return parameters().schema(); }
  static bool read(T& out, const Value& value, const std::string& path, Reader& reader) {
    return parameters().read_into(&out, value, path, reader);
  }
  static Value write(const T& value) { return parameters().write(&value); }
  static std::vector<Field> fields() { return parameters().fields(); }
  static void complete(T& value, const std::string& path, const Place& place, Reader& reader) {
    parameters().complete(&value, path, place, reader);
  }
};

namespace detail {

/// What `allowed` means for a parameter: for an optional, that it holds where there is a value.
template <class Member, class Allowed>
Range<Member> range_for(const Allowed& allowed) {
  if constexpr (std::is_same_v<Allowed, Unbounded>) {
    return any<Member>();
  } else if constexpr (std::is_same_v<Allowed, IntegerRange> && std::is_same_v<Member, double>) {
    return allowed.numbers;
  } else if constexpr (std::is_convertible_v<Allowed, Range<Member>>) {
    return allowed;
  } else {
    auto range = range_for<typename Member::value_type>(allowed);
    return {[holds = range.holds](const Member& value) { return !value || holds(*value); },
            range.phrase, range.schema, range.words};
  }
}

template <class Member>
std::string fault_of_default(const Member& value, const Range<Member>& range) {
  if constexpr (kIsOptional<Member>) {
    if (value.has_value()) return "must be empty, or null in a file could not mean 'not given'";
  }
  return range.holds(value) ? "" : "must be " + range.phrase;
}

template <class Options, class Member>
Field make_field(std::string name, Member Options::*member, const Range<Member>& range,
                 std::string doc, std::string unit, bool required) {
  Field field;
  field.name = std::move(name);
  field.type = ParameterType<Member>::name();
  field.doc = std::move(doc);
  field.unit = std::move(unit);
  field.range = range.phrase;
  field.required = required;
  field.schema = ParameterType<Member>::schema();
  if constexpr (kIsOptional<Member>) {
    merge_schema(field.schema.at("anyOf").as_list().front(), range.schema);
  } else {
    merge_schema(field.schema, range.schema);
  }
  field.words = words_of_type<Member>();
  field.fields = fields_of<Member>();
  field.get = [member](const void* options) {
    return ParameterType<Member>::write(static_cast<const Options*>(options)->*member);
  };
  field.set = [member, range](void* options, const Value& value, const std::string& path,
                              Reader& reader) {
    Member& target = static_cast<Options*>(options)->*member;
    Member parsed = target;
    if (!ParameterType<Member>::read(parsed, value, path, reader)) return false;
    if (!range.holds(parsed)) return out_of_range(value, path, range.phrase, range.words, reader);
    target = std::move(parsed);
    return true;
  };
  if constexpr (Completed<Member>) {
    field.complete = [member](void* options, const std::string& path, const Place& place,
                              Reader& reader) {
      ParameterType<Member>::complete(static_cast<Options*>(options)->*member, path, place, reader);
    };
  }
  return field;
}

}  // namespace detail

template <class Low, class High>
detail::NumberRange<Low, High> detail::number_range(Bounds bounds, Low low, High high) {
  Range<double> numbers =
      range_of<double>(bounds, static_cast<double>(low), static_cast<double>(high));
  if constexpr (std::is_same_v<NumberRange<Low, High>, IntegerRange>) {
    return {range_of<int64_t>(bounds, static_cast<int64_t>(low), static_cast<int64_t>(high)),
            std::move(numbers)};
  } else {
    return numbers;
  }
}

template <class T>
Range<std::vector<T>> each(Range<T> range) {
  return {[holds = range.holds](const std::vector<T>& values) {
            for (const T& value : values) {
              if (!holds(value)) return false;
            }
            return true;
          },
          "a list in which each is " + range.phrase, detail::pair("items", range.schema),
          range.words};
}

template <class T>
Range<std::vector<T>> some() {
  return {[](const std::vector<T>& values) { return !values.empty(); },
          "a list with at least one element",
          detail::pair("minItems", 1),
          {}};
}

template <class Options>
template <class Member, class Allowed>
void Schema<Options>::declare(std::string name, Member member, const Allowed& range,
                              std::string doc, std::string unit, bool required) {
  if constexpr (detail::is_parameter<Options, Member, Allowed>()) {
    using Type = typename detail::DataMember<Member>::type;
    Type Options::*const own = member;
    const auto allowed = detail::range_for<Type>(range);
    const std::string fault =
        required ? "" : detail::fault_of_default<Type>(Options().*own, allowed);
    add(detail::make_field(std::move(name), own, allowed, std::move(doc), std::move(unit),
                           required),
        fault);
  }
}

template <class Options>
template <class Holds>
void Schema<Options>::relation(std::string field, std::string phrase, Holds holds) {
  if constexpr (detail::is_relation<Options, Holds>()) {
    add(Relation{std::move(field), std::move(phrase), [holds](const void* options) -> bool {
                   return holds(*static_cast<const Options*>(options));
                 }});
  }
}

}  // namespace leakprobe
