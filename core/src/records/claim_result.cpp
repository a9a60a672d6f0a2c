#include "records/claim_result.h"

#include <cmath>
#include <optional>
#include <utility>

namespace leakprobe {
namespace {

/// Whether one run shows a leak, and in words why.
std::pair<std::optional<bool>, std::string> judge(const Value& claim, const Scale& scale) {
  const auto leak = claim.find_number("leak"), effect = claim.find_number("effect");
  if (!leak || !effect) return {std::nullopt, "the claim was not measured"};
  const bool compared = claim.find_number("control_leak").has_value();
  if (!compared && !scale.chance) return {std::nullopt, "the claim compares with nothing"};
  const std::string set = "'" + claim.find_text("set") + "'";
  const Comparison comparison(claim);
  const std::string& other = comparison.other;
  const bool is_more = compared && scale.more(*effect) > 0;
  // Behind a prefix that pushes everything down the control sinks too, so that the difference alone
  // would call a mere lack of sinking a leak.
  if (scale.chance && scale.more(*leak) <= 0) {
    std::string words = set + " does not lie " + scale.beyond("chance");
    if (is_more && comparison.of_differences) words += "; only " + comparison.beyond(scale);
    if (is_more && !comparison.of_differences) words += ", only " + scale.beyond(other);
    if (is_more && scale.log_probability && other == "control" && *leak < 0) {
      words += ": both lie below chance";
    }
    return {false, words + "."};
  }
  // In words that need no logarithm, where the effect is one of guesses.
  const std::string guesses =
      compared && !comparison.of_differences ? scale.guesses_words(*effect) : "";
  if (compared && !is_more) return {false, comparison.not_beyond(scale) + guesses + "."};
  std::string words = scale.log_probability ? "text of " + set + " is likelier " : set + " lies ";
  const auto add = [&](const std::string& what, const char* before) {
    words += before + (scale.log_probability ? "than " + what : scale.beyond(what));
  };
  if (comparison.of_differences) {
    const std::string beyond = comparison.beyond(scale) + ".";
    if (!scale.chance) return {true, beyond};
    add("chance", "");
    return {true, words + ", and " + beyond};
  }
  if (scale.chance) add("chance", "");
  if (compared) add(other, scale.chance ? " and " : "");
  return {true, words + guesses + "."};
}

Value relative_increase(const Value& claim, const Scale& scale, Value& undefined) {
  const auto leak = claim.find_number("leak");
  const char* why = !leak                    ? "the claim was not measured"
                    : !scale.log_probability ? "the probe's values are no log-probabilities"
                    : !scale.chance          ? "there is no level of chance"
                    : !std::isfinite(std::expm1(*leak)) ? "exp(leak) is too large for a number"
                                                        : nullptr;
  if (why == nullptr) return std::expm1(*leak);
  undefined.set("relative_increase", why);
  return {};
}

}  // namespace

Comparison::Comparison(const Value& claim) : subject("'" + claim.find_text("set") + "'") {
  const Value* minus = claim.find("minus");
  if (minus == nullptr || !minus->is_list()) {
    other = taken_off_words(minus);
    return;
  }
  const Value::List& all = minus->as_list();
  of_differences = all.size() > 1;
  for (size_t i = 0; i + 1 < all.size(); ++i) {
    subject = "the difference between " + subject + " and " + taken_off_words(&all[i]);
  }
  other = taken_off_words(all.empty() ? nullptr : &all.back());
}

std::string Comparison::beyond(const Scale& scale) const {
  return subject +
         (of_differences ? " shows more of a leak than " + other : " lies " + scale.beyond(other));
}

std::string Comparison::short_of(const Scale& scale) const {
  return subject + (of_differences ? " shows less of a leak than " + other
                                   : " lies " + scale.short_of(other));
}

std::string Comparison::not_beyond(const Scale& scale) const {
  return subject + (of_differences ? " shows no more of a leak than " + other
                                   : " does not lie " + scale.beyond(other));
}

std::string taken_off_words(const Value* minus) {
  if (minus != nullptr && minus->is_string()) {
    return minus->as_string() == "start" ? "what it was at the start" : minus->as_string();
  }
  if (minus == nullptr || !minus->is_map()) return "what it is compared with";
  const auto part = [&](const char* key, const char* before, const char* behind) {
    const std::string word = minus->find_text(key);
    return word.empty() ? "" : before + word + behind;
  };
  const std::string set = part("set", "'", "'");
  return (set.empty() ? "the same" : set) + part("prefix", " behind prefix '", "'") +
         part("phase", " in phase ", "") + part("at", " at its ", "") + part("measure", " by ", "");
}

std::string never_pushed_words(const Value& claim) {
  return "But no row of '" + claim.find_text("set") +
         "' ever reached a loss: nothing pushed them down.";
}

Value relative_effect(const Value& claim) {
  const auto effect = claim.find_number("effect");
  const bool compared = claim.find_number("chance") || claim.find_number("control_leak");
  if (!effect || !compared || !claim.find_boolean("log_probability").value_or(false)) return {};
  const double ratio = std::expm1(*effect);
  return std::isfinite(ratio) ? Value(ratio) : Value();
}

void complete_claim(Value& claim, const Scale& scale) {
  scale.write(claim);
  Value undefined = Value::map();
  claim.set("relative_increase", relative_increase(claim, scale, undefined));
  const auto [leaks, words] = judge(claim, scale);
  claim.set("leaks", leaks ? Value(*leaks) : Value());
  if (!leaks) undefined.set("leaks", words);
  claim.set("conclusion", !leaks   ? "No conclusion: " + words + "."
                          : *leaks ? "Leak: " + words
                                   : "No leak: " + words);
  claim.set("undefined", std::move(undefined));
}

void withdraw_conclusion(Value& claim) {
  claim.set("conclusion", "No conclusion: the run is not VALID.");
}

Value current_result(Value result) {
  const Value* version = result.find("version");
  Value* claim = result.find("claim");
  if (version == nullptr || *version != Value(1)) return result;
  result.set("version", kResultVersion);
  if (claim == nullptr || !claim->is_map()) return result;
  Scale scale;
  const auto value = claim->find_number("value"), leak = claim->find_number("leak");
  if (value && leak && *value != *leak) {
    scale.unit = "nats per token";
    scale.log_probability = true;
    scale.chance = *value - *leak;
  }
  complete_claim(*claim, scale);
  const Value* verdict = result.find("verdict");
  if (verdict == nullptr || *verdict != Value("VALID")) withdraw_conclusion(*claim);
  return result;
}

}  // namespace leakprobe
