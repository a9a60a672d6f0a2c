#include "config/sweep.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "config/assign.h"
#include "config/merge.h"
#include "config/names.h"
#include "config/set_keys.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

std::string label_of(const Value& value) {
  if (value.is_string()) return value.as_string();
  const std::string name = entry_name(value);
  // A plugin with options of its own is not told apart by its type.
  if (!name.empty() && value.entries().size() == 1) return name;
  return to_json(value);
}

std::string case_name(const ChosenCase& chosen) {
  return chosen.axis->name + "=" + chosen.one->label;
}

/// Axes that somebody means; each is held against all others.
constexpr size_t kMostAxes = 100;
/// Values that the experiments of all points may hold together, each of which has its own.
constexpr size_t kMostSweptValues = 4'000'000;

/// How much memory a value takes, in scalars of ordinary length.
size_t size_of(const Value& value) {
  size_t size = 1;
  if (value.is_string()) size += value.as_string().size() / 64;
  if (value.is_list()) {
    for (const Value& element : value.as_list()) size += size_of(element);
  } else if (value.is_map()) {
    for (const Value::Entry& entry : value.entries()) {
      size += size_of(entry.value) + entry.key.size() / 64;
    }
  }
  return size;
}

std::vector<SetKey> keys_set_by(const SweepAxis::Case& one, const Value& experiment) {
  if (one.path.empty()) return keys_set({}, one.fragment);
  return whole_keys(split_path(experiment, one.path), one.fragment);
}

class SweepReader {
 public:
  SweepReader(const Value& experiment, Diagnostics& diagnostics)
      : experiment_(experiment), diagnostics_(diagnostics) {}

  std::vector<SweepAxis> read() {
    const Value* sweep = experiment_.find("sweep");
    if (sweep == nullptr) return {};
    if (!sweep->is_map()) {
      fail(*sweep, "sweep", "expected a mapping of axes, found " + sweep->describe());
      return {};
    }
    if (sweep->entries().size() > kMostAxes) {
      fail(*sweep, "sweep", "more than " + std::to_string(kMostAxes) + " axes",
           "sweep fewer keys at once");
      return {};
    }
    std::vector<SweepAxis> axes;
    size_t points = 1;
    const size_t size = size_of(experiment_);
    for (const Value::Entry& entry : sweep->entries()) {
      if (entry.value.is_null()) continue;
      std::optional<SweepAxis> axis = read_axis(entry);
      if (!axis || !is_distinct(*axis) || !applies(*axis)) continue;
      if (!is_independent(*axis, axes)) continue;
      points *= axis->cases.size();
      if (points > kMaxSweepPoints) {
        fail(*sweep, "sweep",
             "more than " + std::to_string(kMaxSweepPoints) + " combinations of all axes",
             "sweep fewer values at once");
        return {};
      }
      if (points > 1 && points > kMostSweptValues / size) {
        fail(*sweep, "sweep",
             std::to_string(points) +
                 " combinations of an experiment of this size hold more than " +
                 std::to_string(kMostSweptValues) + " values",
             "sweep fewer values at once, or take out of the file what its runs do not need");
        return {};
      }
      axes.push_back(*std::move(axis));
    }
    return axes;
  }

 private:
  void fail(const Value& at, const std::string& path, std::string message, std::string hint = "") {
    diagnostics_.error(at.place, path, std::move(message), std::move(hint));
  }

  std::optional<SweepAxis> read_axis(const Value::Entry& entry) {
    const std::string where = child_path("sweep", entry.key);
    SweepAxis axis{entry.key, entry.place, {}};
    if (!check_path(axis.name, entry.place, diagnostics_)) return std::nullopt;
    if (!check_name(axis.name, entry.place, where, diagnostics_)) return std::nullopt;
    bool good = false;
    if ((entry.key == "extends" || entry.key.ends_with(".extends")) && entry.value.is_list()) {
      fail(entry.value, where, "files are taken over before a sweep is made of what they say",
           "give an axis with cases, such as {a: {extends: a.yaml}, b: {extends: b.yaml}}");
    } else if (entry.value.is_list()) {
      for (const Value& value : entry.value.as_list()) add_value(axis, value);
      good = true;
    } else if (entry.value.find("range") != nullptr) {
      good = read_range(entry.value, where, axis);
    } else if (entry.value.is_map()) {
      good = read_cases(entry.value, where, axis);
    } else {
      fail(entry.value, where,
           "expected a list of values, {range: [first, last]} or named cases, found " +
               entry.value.describe(),
           "write [...], also around one value");
    }
    if (!good) return std::nullopt;
    if (axis.cases.empty()) {
      fail(entry.value, where, "an axis without cases", "give at least one");
      return std::nullopt;
    }
    return axis;
  }

  static void add_value(SweepAxis& axis, const Value& value) {
    axis.cases.push_back({label_of(value), axis.name, value});
  }

  bool read_range(const Value& value, const std::string& where, SweepAxis& axis) {
    for (const Value::Entry& entry : value.entries()) {
      if (entry.key == "range" || entry.key == "step") continue;
      diagnostics_.error(entry.place, child_path(where, entry.key),
                         "unknown key " + quote(entry.key),
                         suggest(entry.key, {"range", "step"}, "known keys"));
      return false;
    }
    const Value& range = value.at("range");
    const auto is_integer = [](const Value& number) {
      return number.type() == Value::Type::integer;
    };
    if (!range.is_list() || range.as_list().size() != 2 || !is_integer(range.as_list()[0]) ||
        !is_integer(range.as_list()[1])) {
      fail(range, child_path(where, "range"), "expected two integers, [first, last]",
           "list values that are not integers: [0.1, 0.2]");
      return false;
    }
    const Value* step = value.find("step");
    if (step != nullptr && (!is_integer(*step) || step->as_integer() < 1)) {
      fail(*step, child_path(where, "step"),
           "must be an integer that is at least 1, found " + step->describe());
      return false;
    }
    // Unsigned, so that the distance of any two integers fits.
    const auto stride = static_cast<uint64_t>(step == nullptr ? 1 : step->as_integer());
    const int64_t first = range.as_list()[0].as_integer();
    const int64_t last = range.as_list()[1].as_integer();
    if (first > last) {
      fail(range, child_path(where, "range"), "the first value is above the last");
      return false;
    }
    const uint64_t further = (static_cast<uint64_t>(last) - static_cast<uint64_t>(first)) / stride;
    if (further >= kMaxSweepPoints) {
      fail(range, child_path(where, "range"),
           "more than " + std::to_string(kMaxSweepPoints) + " values");
      return false;
    }
    for (uint64_t i = 0; i <= further; ++i) {
      Value number(static_cast<int64_t>(static_cast<uint64_t>(first) + i * stride));
      number.place = range.place;
      add_value(axis, number);
    }
    return true;
  }

  bool read_cases(const Value& value, const std::string& where, SweepAxis& axis) {
    bool good = true;
    for (const Value::Entry& entry : value.entries()) {
      if (!entry.value.is_map() && !entry.value.is_null()) {
        fail(entry.value, child_path(where, entry.key),
             "a case is a part of an experiment, a mapping; found " + entry.value.describe(),
             "give the values of one path as a list: " + axis.name + ": [...]");
        good = false;
      }
      good = check_name(entry.key, entry.place, child_path(where, entry.key), diagnostics_) && good;
      Value fragment = entry.value.is_null() ? Value::map() : entry.value;
      axis.cases.push_back({entry.key, "", std::move(fragment)});
    }
    return good;
  }

  bool is_distinct(const SweepAxis& axis) {
    std::set<std::string> labels;
    std::map<double, Value::Type> numbers;
    for (const SweepAxis::Case& one : axis.cases) {
      // 0 and 0.0 would be one run.
      const Value::Type type = one.fragment.type();
      bool is_new = true;
      if (type == Value::Type::integer || type == Value::Type::number) {
        const auto [at, first] = numbers.emplace(one.fragment.as_number(), type);
        // Large integers that differ may be one as floating-point numbers.
        is_new = first || (type == Value::Type::integer && at->second == type);
      }
      if (labels.insert(one.label).second && is_new) continue;
      fail(one.fragment, child_path("sweep", axis.name),
           "the case " + quote(one.label) + " is given twice", "remove one of them");
      return false;
    }
    return true;
  }

  bool applies(const SweepAxis& axis) {
    for (const SweepAxis::Case& one : axis.cases) {
      if (one.fragment.find("sweep") != nullptr) {
        fail(one.fragment.at("sweep"), child_path("sweep", axis.name), "a sweep inside a sweep",
             "make it an axis of its own");
        return false;
      }
    }
    const SweepAxis::Case& first = axis.cases.front();
    if (first.path.empty()) return true;
    Value trial = experiment_;
    return assign(trial, first.path, first.fragment, diagnostics_);
  }

  /// Whether it sets no key that an axis before it sets.
  bool is_independent(const SweepAxis& axis, const std::vector<SweepAxis>& before) {
    for (const SweepAxis& other : before) {
      SetKeys set;
      for (const SweepAxis::Case& one : other.cases) {
        for (const SetKey& key : keys_set_by(one, experiment_)) set.add(key);
      }
      for (const SweepAxis::Case& one : axis.cases) {
        for (const SetKey& key : keys_set_by(one, experiment_)) {
          const SetKey* earlier = set.find(key);
          if (earlier == nullptr) continue;
          fail(key.value, text_of(key.path),
               "is set by the axis " + quote(axis.name) + ", and the axis " + quote(other.name) +
                   " sets " + quote(text_of(earlier->path)) + " (" +
                   to_string(earlier->value.place) + ")",
               "let one axis set it");
          return false;
        }
      }
    }
    return true;
  }

  const Value& experiment_;
  Diagnostics& diagnostics_;
};

/// Chooses a case of one axis after the other.
class PointMaker {
 public:
  PointMaker(const std::vector<SweepAxis>& axes, Diagnostics& diagnostics,
             const std::function<void(SweepPoint)>& visit)
      : axes_(axes), diagnostics_(diagnostics), visit_(visit) {}

  /// The points that begin with the cases `chosen` of the axes before the one at `at`.
  void from(size_t at, SweepPoint point, const std::vector<ChosenCase>& chosen) const {
    if (at == axes_.size()) {
      drop_nulls(point.experiment);
      visit_(std::move(point));
      return;
    }
    const SweepAxis& axis = axes_[at];
    for (const SweepAxis::Case& one : axis.cases) {
      SweepPoint next = point;
      std::vector<ChosenCase> cases = chosen;
      if (!apply_case(next.experiment, cases, {&axis, &one}, diagnostics_)) continue;
      if (!next.label.empty()) next.label += ", ";
      next.label += axis.name + "=" + one.label;
      next.labels.emplace_back(axis.name, one.label);
      from(at + 1, std::move(next), cases);
    }
  }

 private:
  const std::vector<SweepAxis>& axes_;
  Diagnostics& diagnostics_;
  const std::function<void(SweepPoint)>& visit_;
};

}  // namespace

bool apply_case(Value& experiment, std::vector<ChosenCase>& chosen, const ChosenCase& next,
                Diagnostics& diagnostics) {
  if (!assign(experiment, next.one->path, next.one->fragment, diagnostics)) return false;
  for (const ChosenCase& earlier : chosen) {
    const KeyPath path =
        earlier.one->path.empty() ? KeyPath() : split_path(experiment, earlier.one->path);
    for (const SetKey& key : keys_set(path, earlier.one->fragment)) {
      if (is_in_place(experiment, key)) continue;
      diagnostics.error(key.value.place, text_of(key.path),
                        "what the sweep's case " + case_name(earlier) + " sets is taken away by " +
                            case_name(next) + ", which comes after it",
                        "a new 'type' drops the options of the old one: put the axis " +
                            quote(next.axis->name) + " before " + quote(earlier.axis->name));
      return false;
    }
  }
  chosen.push_back(next);
  return true;
}

std::vector<SweepAxis> parse_sweep(const Value& experiment, Diagnostics& diagnostics) {
  return SweepReader(experiment, diagnostics).read();
}

void for_each_point(const Value& experiment, const std::vector<SweepAxis>& axes,
                    Diagnostics& diagnostics, const std::function<void(SweepPoint)>& visit) {
  Value base = experiment;
  base.erase("sweep");
  PointMaker(axes, diagnostics, visit).from(0, {"", {}, std::move(base)}, {});
}

}  // namespace leakprobe
