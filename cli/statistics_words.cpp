#include "statistics_words.h"

#include "text.h"

namespace leakprobe::cli {
namespace {

const char* const kNone = "-";
/// Below this, digits after the point say less than the power of ten.
constexpr double kSmallP = 0.001;

}  // namespace

std::string signed_number(const Value& number) {
  return number.is_null() ? kNone : with_sign(number.as_number(), 3);
}

std::string mean_and_deviation(const Value& sample) {
  const std::string mean = signed_number(sample.at("mean"));
  const Value& sd = sample.at("sd");
  return sd.is_null() ? mean : mean + " ± " + fixed(sd.as_number(), 3);
}

std::string gate_mean(const Value& sample) {
  const auto mean = sample.find_number("mean"), sd = sample.find_number("sd");
  if (!mean) return kNone;
  return gate_value(*mean) + (sd ? " ± " + gate_deviation(*sd) : "");
}

std::string interval(const Value& sample) {
  const Value& ends = sample.at("ci95");
  if (ends.is_null()) return kNone;
  return "[" + signed_number(ends.as_list().at(0)) + ", " + signed_number(ends.as_list().at(1)) +
         "]";
}

std::string p_value(const Value& p) {
  if (p.is_null()) return kNone;
  const double number = p.as_number();
  if (number >= kSmallP || number == 0) return fixed(number, 3);
  return power_of_ten(number, 0);
}

std::string sign_flip(const Value& sample) {
  const Value& exact = sample.at("sign_flip_exact");
  const bool drawn = !exact.is_null() && !exact.as_boolean();
  return (drawn ? "~" : "") + p_value(sample.at("sign_flip_p_two_sided"));
}

}  // namespace leakprobe::cli
