#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "leakprobe/diagnostic.h"
#include "leakprobe/resolver.h"
#include "leakprobe/value.h"

/// Parameters, declared once. A struct with defaults plus one declaration per field gives parsing
/// with all errors at once, `leakprobe show`, the Markdown reference and the JSON Schema:
///
///     struct Options {
///       double beta = 0.1;
///       static void declare(Schema<Options>& schema) {
///         schema.field("beta", &Options::beta, above(0.0), "Strength of the constraint.",
///                      "1/nat");
///       }
///     };
///
/// Members may be bool, int64_t, double, std::string, std::filesystem::path (relative to the file
/// in which it is written; what is called a path is one), an enumeration with words (words.h),
/// Slot, Stream, WeightsRef, a struct with its own `declare`, and std::optional, std::vector,
/// std::array, std::map<std::string, ...> and Named of those. `null` in the file means the same
/// everywhere: as if the parameter were not written.
namespace leakprobe {

/// Values by name in the order of the file, which is part of a run's identity; where it means
/// nothing, a std::map does.
template <class T>
using Named = std::vector<std::pair<std::string, T>>;

/// Which values a parameter may have: the test, the words for messages, the JSON Schema fragment.
template <class T>
struct Range {
  std::function<bool(const T&)> holds;
  std::string phrase;              ///< completes "must be ...", such as "above 0"
  Value schema = Value::map();     ///< such as {exclusiveMinimum: 0}
  std::vector<std::string> words;  ///< the only values there are, for suggestions
};

template <class T>
Range<T> any() {
  return {[](const T&) { return true; }, "", Value::map(), {}};
}

struct Unbounded {};
/// Any value of the type.
inline constexpr Unbounded kAny{};

/// A range of integers, which a double may have as well.
struct IntegerRange : Range<int64_t> {
  Range<double> numbers;  ///< the same bounds for a double
};

namespace detail {

template <class T>
concept Bound = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
template <class... Bounds>
using NumberRange =
    std::conditional_t<(std::is_integral_v<Bounds> && ...), IntegerRange, Range<double>>;

enum class Bounds { above, at_least, between, from_below, strictly_between };
/// The range of `T` (int64_t or double) with these bounds; `high` only where there are two.
template <class T>
Range<T> range_of(Bounds bounds, T low, T high);
/// The same as integers or numbers, whichever the types of the bounds say.
template <class Low, class High>
NumberRange<Low, High> number_range(Bounds bounds, Low low, High high);

}  // namespace detail

/// Ranges of numbers: of integers where every bound is an integer.
template <detail::Bound Low>
auto above(Low bound) {
  return detail::number_range(detail::Bounds::above, bound, bound);
}
template <detail::Bound Low>
auto at_least(Low bound) {
  return detail::number_range(detail::Bounds::at_least, bound, bound);
}
template <detail::Bound Low, detail::Bound High>  // low <= x <= high
auto between(Low low, High high) {
  return detail::number_range(detail::Bounds::between, low, high);
}
template <detail::Bound Low, detail::Bound High>  // low <= x < high
auto from_below(Low low, High high) {
  return detail::number_range(detail::Bounds::from_below, low, high);
}
template <detail::Bound Low, detail::Bound High>  // low < x < high
auto strictly_between(Low low, High high) {
  return detail::number_range(detail::Bounds::strictly_between, low, high);
}
Range<std::string> one_of(std::vector<std::string> words);
Range<std::string> not_empty();

/// Each element of a list in `range`.
template <class T>
Range<std::vector<T>> each(Range<T> range);
/// A list with at least one element.
template <class T>
Range<std::vector<T>> some();

/// The absolute path that `path`, written at `place`, means: relative to the folder of that file;
/// to the current folder where it does not stand in a file.
std::filesystem::path resolve_path(const std::filesystem::path& path, const Place& place);

class Reader;

/// How a type is read, shown and described; what a specialisation has, params_detail.h says.
template <class T>
struct ParameterType;

namespace detail {

template <class>
void say_how_to_declare();

}  // namespace detail

/// One declared parameter, without its struct's type.
struct Field {
  std::string name;
  std::string type;  ///< "number", "list of text", "objective", ...
  std::string doc;
  std::string unit;
  std::string range;                                       ///< phrase of the range
  std::vector<std::pair<std::string, std::string>> words;  ///< of an enumeration, with their docs
  bool required = false;
  Value schema;               ///< JSON Schema of the value
  std::vector<Field> fields;  ///< of a nested struct
  std::function<Value(const void* options)> get;
  /// Reads `value` into the struct; reports what is wrong at the value's place and then gives
  /// false.
  std::function<bool(void* options, const Value& value, const std::string& path, Reader& reader)>
      set;
  /// Completes a field that the file does not give (a slot's default); may be empty.
  std::function<void(void* options, const std::string& path, const Place& place, Reader& reader)>
      complete;
};

/// A condition between several parameters.
struct Relation {
  std::string field;   ///< the parameter at which it is reported
  std::string phrase;  ///< what must hold, a sentence
  std::function<bool(const void* options)> holds;
};

/// The declared parameters of one options struct, without its type.
class Parameters {
 public:
  const std::vector<Field>& fields() const { return fields_; }
  const std::vector<Relation>& relations() const { return relations_; }
  const Field* find(const std::string& name) const;
  /// One that is known to be declared; throws Error where it is not.
  const Field& at(const std::string& name) const;
  std::shared_ptr<void> make() const { return make_(); }

  /// Reads the map `value` into new options: unknown, missing, mistyped, out-of-range parameters
  /// and broken relations all become diagnostics. Keys in `reserved` belong to somebody else.
  /// Where something was wrong the options are not to be used.
  std::shared_ptr<void> read(const Value& value, const std::string& path, Reader& reader,
                             const std::vector<std::string>& reserved = {}) const;
  /// The same into options that are there; false where something was wrong.
  bool read_into(void* options, const Value& value, const std::string& path, Reader& reader,
                 const std::vector<std::string>& reserved = {}) const;
  /// Completes every field as if the file gave an empty map standing at `place`.
  void complete(void* options, const std::string& path, const Place& place, Reader& reader) const;
  /// Every parameter with its present value.
  Value write(const void* options) const;
  /// JSON Schema of the map.
  Value schema() const;

 protected:
  /// Refuses (CheckError) a field without doc, declared twice, or with a fault in its default.
  void add(Field field, const std::string& fault_of_default);
  void add(Relation relation);
  std::vector<Field> fields_;
  std::vector<Relation> relations_;
  std::function<std::shared_ptr<void>()> make_;
};

/// Reads values of one experiment file: where parsing meets the other plugins. Implemented by the
/// core; plugins only pass it on.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Diagnostics& diagnostics() = 0;
  void error(const Value& at, const std::string& path, std::string message, std::string hint = "") {
    diagnostics().error(at.place, path, std::move(message), std::move(hint));
  }
  /// Resolves slots and streams.
  virtual Resolver& resolver() = 0;
};

/// Declares the parameters of `Options`, whose members all have defaults.
template <class Options>
class Schema : public Parameters {
 public:
  Schema() {
    make_ = [] { return std::static_pointer_cast<void>(std::make_shared<Options>()); };
    Options::declare(*this);
  }
  Schema(const Schema&) = delete;  // a declaration into a copy would be lost

  /// `member` is such as &Options::beta; `range` is one of the above or kAny; `doc` is a sentence.
  /// The range of an optional holds where there is a value; its default is empty, or else nobody
  /// could say in a file that there is none. What does not fit together does not compile, and
  /// params_checks.h says why.
  template <class Member, class Allowed = Unbounded>
  void field(std::string name, Member member, Allowed range, std::string doc,
             std::string unit = "") {
    declare(std::move(name), member, range, std::move(doc), std::move(unit), false);
  }
  /// The same for a parameter that has no default: a file has to give it.
  template <class Member, class Allowed = Unbounded>
  void required(std::string name, Member member, Allowed range, std::string doc,
                std::string unit = "") {
    declare(std::move(name), member, range, std::move(doc), std::move(unit), true);
  }
  /// Does not compile: the range or the doc is missing.
  template <class Member, class Text>
  void field(std::string, Member, Text) {
    detail::say_how_to_declare<Member>();
  }
  template <class Member, class Text>
  void required(std::string, Member, Text) {
    detail::say_how_to_declare<Member>();
  }

  /// `phrase` is what must hold, such as "low must be below high"; `holds` takes the options and
  /// gives a bool.
  template <class Holds>
  void relation(std::string field, std::string phrase, Holds holds);

 private:
  template <class Member, class Allowed>
  void declare(std::string name, Member member, const Allowed& range, std::string doc,
               std::string unit, bool required);
};

/// Options without parameters.
struct NoOptions {
  static void declare(Schema<NoOptions>&) {}
};

}  // namespace leakprobe

#include "leakprobe/params_detail.h"
