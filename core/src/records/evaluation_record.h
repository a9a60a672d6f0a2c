#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compose/file_names.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// The step label of the evaluation before a phase's first step.
inline constexpr int64_t kBeforeFirstStep = -1;

/// A line of metrics.jsonl with what one probe measured.
struct EvaluationRecord {
  struct CellValue {
    std::string set;  ///< a column and a part of it in its name: "train.rejected[12:24]"
    std::string prefix;
    int64_t rows = 0;
    double value = 0;            ///< as the probe gave it
    std::optional<double> leak;  ///< above chance, where there is a level of it
    std::vector<std::pair<std::string, double>> aggregates;
    std::vector<std::array<double, 2>> along;  ///< places on the probe's axis, and the values there
  };
  std::string phase;
  int64_t step = kBeforeFirstStep;
  std::string probe;
  bool regular = false;  ///< step % every == 0: what `at: maximum` covers
  bool end = false;      ///< after the phase's last step
  std::vector<CellValue> cells;

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else.
  static EvaluationRecord of(const Value& value);
};

/// The evaluation that a line of metrics.jsonl tells of; nothing where its record is of another
/// kind. Throws Error, naming `place`, where it holds no record, or a damaged one.
std::optional<EvaluationRecord> read_evaluation(std::string_view line, const std::string& place);

/// A line of items.jsonl: each row's value by itself.
struct ItemsRecord {
  std::string phase;
  int64_t step = kBeforeFirstStep;
  std::string probe, set, prefix;
  std::vector<double> values;

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else.
  static ItemsRecord of(const Value& value);
};

}  // namespace leakprobe
