#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "evidence/evidence.h"
#include "evidence/ledger.h"
#include "leakprobe/host/workbench.h"
#include "leakprobe/measure.h"
#include "records/result_record.h"

namespace leakprobe {

/// One gate read and judged.
struct GateOutcome {
  enum class Outcome { passed, failed, waived, not_applicable };
  friend constexpr auto words_of(Outcome) {
    return std::array{Word{Outcome::passed, "passed", ""}, Word{Outcome::failed, "failed", ""},
                      Word{Outcome::waived, "waived", "whatever its value"},
                      Word{Outcome::not_applicable, "not_applicable", "has no meaning here"}};
  }
  std::string phase;
  std::string name;
  std::optional<double> value;  ///< none where it does not apply
  std::string bound;
  std::string unit;  ///< of value and bound; "" = not known, as of a term's metric
  Outcome outcome = Outcome::passed;
  bool held = false;   ///< whether the value lies within the bound, waived or not
  std::string note;    ///< why it does not apply, or what the value is: the cell that decided
  std::string remedy;  ///< what to change where it failed; "" = not known
};

/// The gates of all phases in their order, then the ledger's never_pushed_up.
std::vector<GateOutcome> judge_gates(const Composition& composition, const Evidence& evidence,
                                     const Ledger& ledger);

/// The result without `seconds`. A limited run has the verdict NONE, whatever its gates say.
ResultRecord make_result(const Composition& composition, const Evidence& evidence,
                         const Ledger& ledger, std::optional<int64_t> limit_steps);

/// How a run of that verdict ended.
host::RunStatus status_of(Verdict verdict);

}  // namespace leakprobe
