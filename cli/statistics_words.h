#pragma once

#include <string>

#include "leakprobe/value.h"

/// Statistics of host/report.h as cells of a table; "-" for what has no value.
namespace leakprobe::cli {

/// "+0.105"
std::string signed_number(const Value& number);
/// Stands in a heading behind the name of what is shown as mean and standard deviation over seeds.
inline constexpr const char* kDeviation = " ± sd";
/// "+0.105 ± 0.031", the mean and the standard deviation.
std::string mean_and_deviation(const Value& sample);
/// The same of a gate's values: "-3.019 ± 0.021".
std::string gate_mean(const Value& sample);
/// "[+0.054, +0.157]"
std::string interval(const Value& sample);
/// "0.034", "3e-4"
std::string p_value(const Value& p);
/// The p-value of the sign-flip test, "~0.034" where it was estimated from drawn flips.
std::string sign_flip(const Value& sample);

}  // namespace leakprobe::cli
