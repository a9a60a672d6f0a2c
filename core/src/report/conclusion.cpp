#include "report/conclusion.h"

namespace leakprobe {
namespace {

/// What the set is compared with, as part of a sentence.
std::string comparison_of(const Value& claim) {
  const Value* minus = claim.find("minus");
  if (minus != nullptr && minus->is_string()) {
    return minus->as_string() == "start" ? "its start" : minus->as_string();
  }
  return "what it is compared with";
}

/// A maximum over time lies above any single point by itself, so its comparison has to be one too.
bool is_biased(const Value& claim) {
  const Value* at = claim.find("at");
  if (at == nullptr || *at != Value("maximum")) return false;
  const Value* minus = claim.find("minus");
  if (minus == nullptr || minus->is_string()) return minus == nullptr || *minus != Value("control");
  const Value* other = minus->find("at");
  return other != nullptr && *other != *at;
}

}  // namespace

Conclusion conclude(const Value& claim, bool chance, const SampleStatistics& leak,
                    const std::optional<SampleStatistics>& control, const SampleStatistics& effect,
                    std::optional<double> p_holm) {
  if (claim.is_null()) return {"none", "No conclusion: the experiment makes no claim."};
  if (effect.n == 0) return {"none", "No conclusion: no run is VALID."};
  if (!control && !chance) return {"none", "No conclusion: the claim compares with nothing."};
  if (is_biased(claim)) {
    return {"none",
            "No conclusion: a maximum over time is biased upward and needs a comparison over the "
            "same time, such as 'minus: control'."};
  }
  if (effect.n == 1) return {"none", "No conclusion: one run is an example, not evidence."};
  if (!p_holm) return {"none", "No conclusion: " + effect.undefined + "."};
  const std::string set = "'" + claim.find("set")->as_string() + "'";
  const std::string other = control ? comparison_of(claim) : "chance";
  if (*p_holm >= kSignificance) {
    return {"undecided", "Undecided: " + set + " is not distinguishable from " + other + "."};
  }
  if (*effect.mean < 0) return {"no_leak", "No leak: " + set + " lies below " + other + "."};
  if (!control) return {"leak", "Leak: " + set + " lies above chance."};
  if (!chance) return {"leak", "Leak: " + set + " lies above " + other + "."};
  if (*leak.mean <= 0) {
    return {"no_leak", "No leak: " + set + " lies above " + other +
                           ", but not above chance: both were pushed down."};
  }
  if (!leak.t_test || leak.t_test->greater >= kSignificance) {
    return {"undecided", "Undecided: " + set + " lies above " + other +
                             ", but is not distinguishable from chance."};
  }
  return {"leak", "Leak: " + set + " lies above chance and above " + other + "."};
}

}  // namespace leakprobe
