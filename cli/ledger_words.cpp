#include "ledger_words.h"

#include <set>
#include <string>

#include "text.h"

namespace leakprobe::cli {
namespace {

int64_t number(const Value& map, const char* key) {
  const Value* value = map.find(key);
  return value != nullptr && value->type() == Value::Type::integer ? value->as_integer() : 0;
}

/// Whether steps before this run are judged: by fixed rows whose role holds from its beginning.
bool judges_inherited(const Value& ledger) {
  for (const Value& set : ledger.find_items("protected_sets")) {
    const auto is_given = [&](const char* key) {
      const Value* value = set.find(key);
      return value != nullptr && !value->is_null();
    };
    if (is_given("rows") && !is_given("from")) return true;
  }
  return ledger.find_items("protected_sets").empty();  // an old ledger does not say
}

/// Steps of this run before any role holds, where each holds from some phase on.
int64_t steps_before_roles(const Value& ledger) {
  std::set<std::string> begins;
  for (const Value& set : ledger.find_items("protected_sets")) {
    const std::string from = set.find_text("from");
    if (from.empty()) return 0;
    begins.insert(from);
  }
  if (begins.empty()) return 0;
  int64_t steps = 0;
  for (const Value& phase : ledger.find_items("phases")) {
    if (begins.contains(phase.find_text("phase"))) return steps;
    steps += number(phase, "steps");
  }
  return 0;  // it names none of these phases
}

/// Where the ledger watches no fixed row and none was pushed up: no set is held out, or fresh rows
/// alone are.
std::string without_rows(const Value& ledger, const std::string& steps) {
  const Value* sets = ledger.find("protected_sets");
  if (sets != nullptr && sets->is_null()) return "Its ledger knows of no row that was held out.";
  if (sets == nullptr || !sets->is_list() || sets->as_list().empty()) {
    return "No set of this experiment is held out from being a positive target.";
  }
  const Value* name = sets->as_list().front().find("set");
  return "Set '" + (name != nullptr ? visible(plain(*name)) : "") +
         "' is held out, and its rows are drawn anew each time: no loss takes them as positive "
         "targets, and in none of the " +
         steps + " did the measured gradient push one up.";
}

std::string proof_of(const Value& ledger) {
  const int64_t rows = number(ledger, "protected_rows");
  const int64_t declared = number(ledger, "declared_positive");
  const int64_t pushed_up = number(ledger, "pushed_up_steps");
  const int64_t before = number(ledger, "inherited_steps");
  const int64_t inherited = pushed_up > 0 || judges_inherited(ledger) ? before : 0;
  const int64_t unjudged = before - inherited;
  // What was pushed up is a share of all steps, as the gate has it.
  const int64_t without_role = pushed_up > 0 ? 0 : steps_before_roles(ledger);
  const int64_t steps = number(ledger, "steps") - unjudged - without_role;
  const std::string all_steps =
      counted(steps, "training step") +
      (inherited > 0 ? ", " + grouped(inherited) + " of them inherited," : "");
  const Value* place = ledger.find("where");
  const std::string where =
      place != nullptr && place->is_string() ? visible(place->as_string()) : "";
  const std::string unknown =
      unjudged == 0 ? ""
                    : " What " + counted(unjudged, "inherited step") + " did before is not judged.";
  if (rows == 0 && pushed_up == 0) return without_rows(ledger, all_steps) + unknown;
  if (declared == 0 && pushed_up == 0) {
    const std::string never = "No held-out row was ever a positive target" + where + ": ";
    const std::string there = where.empty() ? "" : " there";
    const Value* uses = ledger.find("protected_uses");
    if (inherited == 0 && uses != nullptr && *uses == Value(0)) {
      return never + "none of the " + counted(rows, "held-out row") + " reached a loss" + there +
             " at all." + unknown;
    }
    return never + "no loss takes any of the " + counted(rows, "held-out row") + " as one" + there +
           ", and in none of the " + all_steps + " did the measured gradient push one up" + there +
           "." + unknown;
  }
  std::string words;
  if (declared > 0) {
    words = counted(declared, "column") + " of a loss took held-out rows as positive targets" +
            where + ". ";
  }
  if (pushed_up > 0) {
    const double share = static_cast<double>(pushed_up) / static_cast<double>(steps);
    words += "In " + grouped(pushed_up) + " (" + fixed(100 * share, 1) + " %) of " + all_steps +
             " the measured gradient pushed a held-out row up" + where +
             ", whatever its loss declares.";
  } else {
    words += "In none of the " + all_steps + " did the measured gradient push one up.";
  }
  return words;
}

}  // namespace

std::string ledger_words(const Value& ledger) {
  std::string words = proof_of(ledger);
  for (const Value& note : ledger.find_items("uncompared")) {
    words += " But " + visible(plain(note)) + ".";
  }
  if (const std::string control = ledger.find_text("control"); !control.empty()) {
    words += " But " + visible(control) + ".";
  }
  return words;
}

}  // namespace leakprobe::cli
