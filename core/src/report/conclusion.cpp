#include "report/conclusion.h"

#include "run/claim_result.h"

namespace leakprobe {
namespace {

/// A maximum over time lies above any single point by itself, so its comparison has to be one too.
bool is_biased(const Value& claim) {
  const Value* at = claim.find("at");
  if (at == nullptr || *at != Value("maximum")) return false;
  const Value* minus = claim.find("minus");
  if (minus == nullptr || minus->is_string()) return minus == nullptr || *minus != Value("control");
  const Value* other = minus->find("at");
  return other != nullptr && *other != *at;
}

/// One-sided, for a mean on the side of more leak.
double p_of_more(const Scale& scale, const SampleStatistics::TTest& test) {
  return scale.direction == ProbeFacts::Direction::smaller ? 1 - test.greater : test.greater;
}

}  // namespace

Conclusion conclude(const Value& claim, const Scale& scale, const SampleStatistics& leak,
                    const std::optional<SampleStatistics>& control, const SampleStatistics& effect,
                    std::optional<double> p_holm) {
  if (claim.is_null()) return {"none", "No conclusion: the experiment makes no claim."};
  if (effect.n == 0) return {"none", "No conclusion: no run is VALID."};
  if (!control && !scale.chance) {
    return {"none", "No conclusion: the claim compares with nothing."};
  }
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
  if (scale.more(*effect.mean) < 0) {
    return {"no_leak", "No leak: " + set + " lies " + scale.short_of(other) + "."};
  }
  const std::string beyond = set + " lies " + scale.beyond(other);
  if (!control || !scale.chance) return {"leak", "Leak: " + beyond + "."};
  if (scale.more(*leak.mean) <= 0) {
    return {"no_leak",
            "No leak: " + beyond + ", but not " + scale.beyond("chance") +
                (scale.log_probability && other == "control" ? ": both were pushed down." : ".")};
  }
  if (!leak.t_test || p_of_more(scale, *leak.t_test) >= kSignificance) {
    return {"undecided", "Undecided: " + beyond + ", but is not distinguishable from chance."};
  }
  return {"leak",
          "Leak: " + set + " lies " + scale.beyond("chance") + " and " + scale.beyond(other) + "."};
}

std::string comparison_words(const std::string& a, const std::string& b, double difference,
                             const Scale& scale) {
  const std::string words = "The effect of " + a + " is " +
                            (difference > 0 ? "larger" : "smaller") + " than that of " + b;
  // Where a larger effect is more leak, that says it.
  if (scale.direction != ProbeFacts::Direction::smaller) return words + ".";
  return words + ": " + a + " leaks " + (difference > 0 ? "less." : "more.");
}

std::string unlike_words(const std::string& a, const Scale& of_a, const std::string& b,
                         const Scale& of_b) {
  return "No conclusion: " + a + " is measured in " + of_a.words() + ", " + b + " in " +
         of_b.words() + ".";
}

}  // namespace leakprobe
