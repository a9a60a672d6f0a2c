#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compose/file_names.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/objective.h"
#include "leakprobe/task.h"
#include "leakprobe/value.h"

namespace leakprobe {

inline constexpr int64_t kLedgerVersion = 1;
/// Of steps and rows: as many as a double still tells apart, and far more than any run makes.
inline constexpr int64_t kMostCounted = int64_t{1} << 53;

/// ledger.json: what reached a loss of a run, and of those whose weights it started from.
struct LedgerRecord {
  /// The rows of one set behind one prefix.
  struct Account {
    std::string set;  ///< or a column of one: "train.rejected"
    Role::Kind role = Role::Kind::ordinary;
    std::string prefix;
    int64_t rows = 0;
    int64_t pushed_up = 0, pushed_down = 0;
    double gradient = 0;          ///< dL/dlogp summed over all rows
    std::vector<int64_t> counts;  ///< of each row of a fixed set
    uint64_t digest = 0;          ///< without counts: over the ids of the rows in their order
    Place place = {};             ///< where it was read
  };
  /// A column of a trained term.
  struct Column {
    std::string phase, term, objective, column;
    Sign declared = Sign::positive;
    double weight = 0;
    std::vector<Account> sets;

    /// Whether its loss pushes text up, as it declares.
    bool declares_positive() const {
      return (declared == Sign::positive || declared == Sign::both) && weight != 0;
    }
  };
  struct PhaseCounts {
    std::string phase;
    int64_t steps = 0, pushed_up_steps = 0;
    Place place = {};  ///< where it was read
  };
  /// What was done to weights by the phases of another run that led to them, and before.
  struct Inherited {
    std::string into;  ///< the phase that starts from them
    std::string run, digest;
    int64_t seed = 0;
    std::string phase;
    int64_t steps = 0, pushed_up_steps = 0;  ///< with those inherited
    std::vector<Column> columns;
    std::vector<Inherited> inherited;
    /// Sentences about rows of which nobody knows whether they are protected in the run that starts
    /// from these weights.
    std::vector<std::string> uncompared = {};
  };
  /// The first step that pushed a protected row up.
  struct Violation {
    std::string phase;
    int64_t step = 0;
    std::string term, set, prefix;

    Value to_value() const;
  };

  /// How often losses of this run pushed rows of the control that probes measure.
  struct ControlUses {
    int64_t pushed_up = 0, pushed_down = 0;

    void add(double gradient);
    bool any() const { return pushed_up > 0 || pushed_down > 0; }
    /// What that means, as a sentence without its end; "" where no loss pushed one.
    std::string text() const;
  };

  int64_t protected_rows = 0;              ///< different rows
  int64_t steps = 0, pushed_up_steps = 0;  ///< with those inherited
  /// How often a protected row reached a loss; old ledgers do not say.
  std::optional<int64_t> protected_uses = 0;
  std::optional<Violation> first_pushed_up;
  ControlUses control;  ///< old ledgers do not say
  std::vector<Column> columns;
  std::vector<PhaseCounts> phases;  ///< of this run alone, in their order
  std::vector<Inherited> inherited;
  /// Sentences about other weights by which this run learned, or that its model came from.
  std::vector<std::string> notes;
  Place place = {};  ///< where it was read

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else, counts
  /// contradict one another or have no sum.
  static LedgerRecord of(const Value& value);
};

/// Throws Error where the folder holds none, or a damaged one.
LedgerRecord read_ledger(const std::filesystem::path& run);

}  // namespace leakprobe
