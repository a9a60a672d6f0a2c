#include "ledger_words.h"

#include "text.h"

namespace leakprobe::cli {
namespace {

int64_t number(const Value& map, const char* key) {
  const Value* value = map.find(key);
  return value != nullptr && value->type() == Value::Type::integer ? value->as_integer() : 0;
}

}  // namespace

std::string ledger_words(const Value& ledger) {
  const int64_t rows = number(ledger, "protected_rows");
  const int64_t declared = number(ledger, "declared_positive");
  const int64_t pushed_up = number(ledger, "pushed_up_steps");
  const int64_t steps = number(ledger, "steps");
  const int64_t inherited = number(ledger, "inherited_steps");
  const std::string all_steps =
      counted(steps, "training step") +
      (inherited > 0 ? ", " + grouped(inherited) + " of them inherited," : "");
  if (rows == 0) return "No set of this experiment is held out from being a positive target.";
  if (declared == 0 && pushed_up == 0) {
    return "No held-out row was ever a positive target: no loss takes any of the " +
           counted(rows, "held-out row") + " as one, and in none of the " + all_steps +
           " did the measured gradient push one up.";
  }
  std::string words;
  if (declared > 0) {
    words = counted(declared, "column") + " of a loss took held-out rows as positive targets. ";
  }
  if (pushed_up > 0) {
    const double share = static_cast<double>(pushed_up) / static_cast<double>(steps);
    words += "In " + grouped(pushed_up) + " (" + fixed(100 * share, 1) + " %) of " + all_steps +
             " the measured gradient pushed a held-out row up, whatever its loss declares.";
  } else {
    words += "In none of the " + all_steps + " did the measured gradient push one up.";
  }
  return words;
}

}  // namespace leakprobe::cli
