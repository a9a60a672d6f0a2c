#include "report/sample_value.h"

#include <utility>

namespace leakprobe {

Value or_null(const std::optional<double>& number) { return number ? Value(*number) : Value(); }

Value sample_value(const SampleStatistics& statistics, bool relative) {
  Value interval;
  if (statistics.ci95) {
    interval.push_back(statistics.ci95->low);
    interval.push_back(statistics.ci95->high);
  }
  const auto& test = statistics.t_test;
  const auto& flip = statistics.sign_flip;
  Value value = Value::map();
  value.set("mean", or_null(statistics.mean));
  value.set("sd", or_null(statistics.sd));
  value.set("ci95", std::move(interval));
  value.set("t", test ? Value(test->t) : Value());
  value.set("p_two_sided", test ? Value(test->two_sided) : Value());
  value.set("p_greater", test ? Value(test->greater) : Value());
  value.set("sign_flip_p_two_sided", flip ? Value(flip->two_sided) : Value());
  value.set("sign_flip_exact", flip ? Value(flip->exact) : Value());
  value.set("wilcoxon_p_two_sided",
            statistics.wilcoxon ? Value(statistics.wilcoxon->two_sided) : Value());
  value.set("relative_increase_geometric",
            relative ? or_null(statistics.relative_geometric) : Value());
  value.set("relative_increase_arithmetic",
            relative ? or_null(statistics.relative_arithmetic) : Value());
  std::string undefined = statistics.undefined;
  if (relative && !statistics.relative_undefined.empty()) {
    undefined += (undefined.empty() ? "" : "; ") + statistics.relative_undefined;
  }
  value.set("undefined", undefined.empty() ? Value() : Value(undefined));
  return value;
}

}  // namespace leakprobe
