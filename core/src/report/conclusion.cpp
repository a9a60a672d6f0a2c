#include "report/conclusion.h"

#include <algorithm>

#include "records/claim_result.h"

namespace leakprobe {
namespace {

/// A maximum over time lies above any single point by itself, so its comparison has to be one too.
bool is_biased(const Value& claim) {
  const Value* at = claim.find("at");
  if (at == nullptr || *at != Value("maximum")) return false;
  const auto is_elsewhere = [&](const Value& minus) {
    if (!minus.is_map()) return minus != Value("control");
    const Value* other = minus.find("at");
    return other != nullptr && *other != *at;
  };
  const Value* minus = claim.find("minus");
  if (minus == nullptr || !minus->is_list()) return minus == nullptr || is_elsewhere(*minus);
  // Of differences one over the same time is enough: every maximum is then taken off another.
  const Value::List& all = minus->as_list();
  return std::all_of(all.begin(), all.end(), is_elsewhere);
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
  const std::string set = "'" + claim.text("set") + "'";
  Comparison comparison(claim);
  if (!control) comparison.other = "chance";
  const std::string& other = comparison.other;
  if (*p_holm >= kSignificance) {
    return {"undecided",
            "Undecided: " + comparison.subject + " is not distinguishable from " + other + "."};
  }
  const std::string guesses =
      control && !comparison.of_differences ? scale.guesses_words(*effect.mean) : "";
  if (scale.more(*effect.mean) < 0) {
    return {"no_leak", "No leak: " + comparison.short_of(scale) + guesses + "."};
  }
  const std::string beyond = comparison.beyond(scale);
  if (!control || !scale.chance) return {"leak", "Leak: " + beyond + guesses + "."};
  const std::string but_not =
      comparison.of_differences ? ", but " + set + " does not lie " : ", but not ";
  const std::string but_is =
      comparison.of_differences ? ", but " + set + " is not " : ", but is not ";
  if (scale.more(*leak.mean) <= 0) {
    return {"no_leak", "No leak: " + beyond + but_not + scale.beyond("chance") +
                           (scale.log_probability && other == "control" && *leak.mean < 0
                                ? ": both lie below it."
                                : ".")};
  }
  if (!leak.t_test || p_of_more(scale, *leak.t_test) >= kSignificance) {
    return {"undecided", "Undecided: " + beyond + but_is + "distinguishable from chance."};
  }
  return {"leak",
          "Leak: " + set + " lies " + scale.beyond("chance") +
              (comparison.of_differences ? ", and " + beyond : " and " + scale.beyond(other)) +
              "."};
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
