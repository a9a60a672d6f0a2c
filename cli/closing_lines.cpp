#include "closing_lines.h"

#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "claim_words.h"
#include "ledger_words.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

const Value* present(const Value& map, const char* key) {
  const Value* value = map.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

/// What the measured set is compared with, as a name for its line.
std::string compared_with(const Value& claim) {
  const Value* minus = present(claim, "minus");
  if (minus == nullptr) return "comparison";
  if (minus->is_list()) return "taken off";
  if (minus->is_string()) return minus->as_string() == "start" ? "at the start" : "control";
  for (const char* key : {"set", "phase", "prefix", "measure", "at"}) {
    if (const Value* value = minus->find(key)) return visible(plain(*value));
  }
  return "comparison";
}

std::string step_text(const Value& claim, const char* key) {
  const auto step = claim.find_number(key);
  if (!step) return "";
  return *step < 0 ? "before step 0" : "step " + fixed(*step, 0);
}

/// `said` are caveats that stand below another claim already.
void print_claim(const Terminal& out, const Value& claim, bool judged,
                 std::set<std::string>& said) {
  out.stream() << claim_words(claim, claim) << ":\n";
  const auto effect = claim.find_number("effect");
  const auto leak = claim.find_number("leak");
  if (!effect || !leak) {
    out.stream() << "  not measured\n";
    return;
  }
  const bool relative = is_log_probability(claim), chance = has_chance(claim);
  constexpr Table::Align kRight = Table::Align::right;
  std::vector<std::string> headings = {"", unit_heading(claim)};
  if (relative) headings.push_back("relative");
  headings.push_back("when");
  Table table(headings, {Table::Align::left, kRight, relative ? kRight : Table::Align::left});
  const auto add = [&](const std::string& name, double value, bool has_ratio,
                       const std::string& when) {
    std::vector<std::string> cells = {name, with_sign(value, 3)};
    if (relative) cells.push_back(has_ratio ? percent(std::expm1(value)) : "");
    cells.push_back(when);
    table.add(std::move(cells));
  };
  add(shown(claim, "set"), *leak, chance, step_text(claim, "step"));
  if (const auto control = claim.find_number("control_leak")) {
    add(compared_with(claim), *control, chance, step_text(claim, "control_step"));
    add("effect", *effect, true, "");
  }
  table.print(out, 2);
  // A run that failed its gates, or was cut short, says nothing about leaks, which is said once.
  if (!judged) return;
  const std::string words = shown(claim, "conclusion");
  const size_t finding = words.find(':') == std::string::npos ? 0 : words.find(':') + 1;
  out.stream() << out.bold(words.substr(0, finding)) << words.substr(finding) << '\n';
  for (const Value& caveat : claim.find_items("caveats")) {
    const std::string sentence = visible(plain(caveat));
    if (said.insert(sentence).second) print_wrapped(out, sentence);
  }
}

/// Whether a waived gate missed its bound, which decides what the run is worth all the same.
bool is_missed(const Value& gate) {
  return gate.find_text("outcome") == "waived" && gate.find_boolean("held") == false;
}

std::string coloured_outcome(const Terminal& out, const Value& gate) {
  const std::string outcome = shown(gate, "outcome");
  if (outcome == "passed") return out.green(outcome);
  if (outcome == "failed") return out.red(outcome);
  if (is_missed(gate)) return out.yellow("waived (failed)");
  if (outcome == "waived" && gate.find_boolean("held")) return out.dim("waived (held)");
  return out.dim(outcome == "not_applicable" ? "does not apply" : outcome);
}

/// `unit` is the claim's: a gate that measures in another one says so.
void print_gates(const Terminal& out, const Value& gates, const std::string& unit) {
  Table table({"gate", "phase", "value", "must be", "outcome", ""},
              {Table::Align::left, Table::Align::left, Table::Align::right});
  for (const Value& gate : gates.as_list()) {
    const auto value = gate.find_number("value");
    const std::string measured = value ? gate_value(*value) : "-";
    std::string note = shown(gate, "note");
    const std::string own = shown(gate, "unit");
    if (value && !own.empty() && own != unit && note.find(own) == std::string::npos) {
      note += (note.empty() ? "in " : ", in ") + own;
    }
    table.add({shown(gate, "name"), shown(gate, "phase"), measured, shown(gate, "bound"),
               coloured_outcome(out, gate), note});
  }
  if (!table.empty()) table.print(out);
}

bool is_failed(const Value& gate) { return gate.find_text("outcome") == "failed"; }

/// "suppressed of suppress"
std::string gate_name(const Value& gate) {
  const std::string phase = shown(gate, "phase");
  return shown(gate, "name") + (phase.empty() ? "" : " of " + phase);
}

/// "suppressed of suppress, margin of elicit"
std::vector<std::string> gates_that(const Value& result, bool (*are)(const Value&)) {
  std::vector<std::string> names;
  for (const Value& gate : result.find_items("gates")) {
    if (are(gate)) names.push_back(gate_name(gate));
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Why an INVALID run's numbers, which stand above, are no evidence for or against a leak.
void print_why_nothing_follows(const Terminal& out, const Value& result) {
  const std::vector<std::string> failed = gates_that(result, is_failed);
  std::string why = failed.size() == 1 ? "gate " + failed.front() + " failed"
                                       : "gates " + joined(failed) + " failed";
  if (failed.empty()) why = "what it claims was not measured";
  print_wrapped(out, "This run says nothing about leaking: " + why + ".");
}

/// ", 1 waived gate failed: suppressed of suppress", since a run is not VALID by what was not
/// asked.
std::string waived_words(const Value& result) {
  const std::vector<std::string> missed = gates_that(result, is_missed);
  if (missed.empty()) return "";
  return ", " + counted(static_cast<int64_t>(missed.size()), "waived gate") +
         " failed: " + joined(missed);
}

/// What to change, a line for each gate that failed.
void print_remedies(const Terminal& out, const Value& result) {
  for (const Value& gate : result.find_items("gates")) {
    const std::string remedy = shown(gate, "remedy");
    if (!is_failed(gate) || remedy.empty()) continue;
    print_wrapped(out, "To try for " + gate_name(gate) + ": " + remedy + ".");
  }
}

void print_verdict(const Terminal& out, const Value& result) {
  const std::string verdict = shown(result, "verdict");
  out.stream() << (verdict == "VALID"     ? out.bold(out.green(verdict))
                   : verdict == "INVALID" ? out.bold(out.red(verdict))
                                          : out.bold("NO RESULT"));
  const Value* reasons = present(result, "reasons");
  const char* before = ": ";
  if (reasons != nullptr) {
    for (const Value& reason : reasons->as_list()) {
      out.stream() << before << visible(plain(reason));
      before = "; ";
    }
  }
  out.stream() << waived_words(result);
  if (const auto seconds = result.find_number("seconds")) {
    out.stream() << " (" << duration(*seconds) << ")";
  }
  out.stream() << '\n';
  if (verdict == "INVALID") print_remedies(out, result);
}

}  // namespace

void print_closing_lines(const Terminal& out, const host::RunOutcome& outcome) {
  const std::string directory = visible(outcome.directory.string());
  if (outcome.status == host::RunStatus::interrupted) {
    if (outcome.begun) {
      out.stream() << "Interrupted; the state is saved in " << directory
                   << ": go on with --resume.\n";
    } else {
      out.stream() << "Interrupted before the first step: " << directory
                   << " is left as it was. Start again with the same command.\n";
    }
    return;
  }
  const Value& result = outcome.result;
  if (outcome.existed) out.stream() << "This run was complete already; its result:\n";
  const Value* claim = present(result, "claim");
  if (claim != nullptr) {
    std::set<std::string> said;
    print_claim(out, *claim, outcome.status == host::RunStatus::valid, said);
    if (const Value* further = present(result, "further_claims")) {
      for (const Value& each : further->as_list()) {
        out.stream() << '\n' << out.bold(shown(each, "name")) << ": ";
        print_claim(out, each, outcome.status == host::RunStatus::valid, said);
      }
    }
    if (outcome.status == host::RunStatus::invalid) print_why_nothing_follows(out, result);
  } else {
    out.stream() << "The experiment makes no claim.\n";
  }
  out.stream() << '\n';
  if (const Value* gates = present(result, "gates")) {
    print_gates(out, *gates, claim != nullptr ? shown(*claim, "unit") : "");
  }
  if (const Value* ledger = present(result, "ledger")) {
    out.stream() << '\n';
    print_wrapped(out, ledger_words(*ledger));
  }
  out.stream() << "Files: " << directory << "\n\n";
  print_verdict(out, result);
}

}  // namespace leakprobe::cli
