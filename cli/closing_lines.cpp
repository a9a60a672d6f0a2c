#include "closing_lines.h"

#include <cmath>
#include <optional>

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

std::string text(const Value& map, const char* key) {
  const Value* value = present(map, key);
  return value == nullptr ? "" : visible(plain(*value));
}

std::optional<double> number(const Value& map, const char* key) {
  const Value* value = present(map, key);
  if (value == nullptr ||
      (value->type() != Value::Type::number && value->type() != Value::Type::integer)) {
    return std::nullopt;
  }
  return value->as_number();
}

/// What the measured set is compared with, as a name for its line.
std::string compared_with(const Value& claim) {
  const Value* minus = present(claim, "minus");
  if (minus == nullptr) return "comparison";
  if (minus->is_string()) return minus->as_string() == "start" ? "at the start" : "control";
  for (const char* key : {"set", "phase", "prefix", "measure", "at"}) {
    if (const Value* value = minus->find(key)) return visible(plain(*value));
  }
  return "comparison";
}

/// Whether the task has a chance level, which was then taken off.
bool against_chance(const Value& claim) { return number(claim, "value") != number(claim, "leak"); }

std::string step_text(const Value& claim, const char* key) {
  const auto step = number(claim, key);
  if (!step) return "";
  return *step < 0 ? "before step 0" : "step " + fixed(*step, 0);
}

std::string judgement(const Terminal& out, const Value& claim, double leak, double effect) {
  const std::string set = "'" + text(claim, "set") + "'";
  const bool compared = number(claim, "control_leak").has_value();
  const std::string other = compared_with(claim);
  if (against_chance(claim) && leak <= 0) {
    return out.bold("No leak: ") + set + " does not lie above chance" +
           (compared && effect > 0 ? ", only above " + other + ": both were pushed down." : ".");
  }
  if (compared && effect <= 0) {
    return out.bold("No leak: ") + set + " does not lie above " + other + ".";
  }
  std::string than;
  if (against_chance(claim)) than = "chance";
  if (compared) than += (than.empty() ? "" : " and than ") + other;
  return out.bold("Leak: ") + "text of " + set + " is likelier than " + than + ".";
}

void print_claim(const Terminal& out, const Value& claim, bool judged) {
  const bool chance = against_chance(claim);
  out.stream() << claim_words(claim, chance) << ":\n";
  const auto effect = number(claim, "effect");
  const auto leak = number(claim, "leak");
  if (!effect || !leak) {
    out.stream() << "  not measured\n";
    return;
  }
  constexpr Table::Align kRight = Table::Align::right;
  Table table({"", "nats", "relative", "when"}, {Table::Align::left, kRight, kRight});
  const auto add = [&](const std::string& name, double nats, bool relative, std::string when) {
    table.add({name, with_sign(nats, 3), relative ? percent(std::expm1(nats)) : "", when});
  };
  add(text(claim, "set"), *leak, chance, step_text(claim, "step"));
  if (const auto control = number(claim, "control_leak")) {
    add(compared_with(claim), *control, chance, step_text(claim, "control_step"));
    add("effect", *effect, true, "");
  }
  table.print(out, 2);
  // A run that failed its gates, or was cut short, says nothing about leaks either way.
  if (judged) out.stream() << judgement(out, claim, *leak, *effect) << '\n';
}

std::string coloured(const Terminal& out, const std::string& outcome) {
  if (outcome == "passed") return out.green(outcome);
  if (outcome == "failed") return out.red(outcome);
  return out.dim(outcome == "not_applicable" ? "does not apply" : outcome);
}

void print_gates(const Terminal& out, const Value& gates) {
  Table table({"gate", "phase", "value", "must be", "outcome", ""},
              {Table::Align::left, Table::Align::left, Table::Align::right});
  for (const Value& gate : gates.as_list()) {
    const auto value = number(gate, "value");
    // Gates compare numbers from 1e-7 to 1e2; both ends must stay readable.
    std::string measured = "-";
    if (value) {
      const double size = std::abs(*value);
      measured = size == 0 || size >= 5e-4 ? with_sign(*value, 3) : to_json(Value(*value));
    }
    table.add({text(gate, "name"), text(gate, "phase"), measured, text(gate, "bound"),
               coloured(out, text(gate, "outcome")), text(gate, "note")});
  }
  if (!table.empty()) table.print(out);
}

void print_verdict(const Terminal& out, const Value& result) {
  const std::string verdict = text(result, "verdict");
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
  if (const auto seconds = number(result, "seconds")) {
    out.stream() << " (" << duration(*seconds) << ")";
  }
  out.stream() << '\n';
}

}  // namespace

void print_closing_lines(const Terminal& out, const host::RunOutcome& outcome) {
  const std::string directory = visible(outcome.directory.string());
  if (outcome.status == host::RunStatus::interrupted) {
    out.stream() << "Interrupted; the state is saved in " << directory
                 << ": go on with --resume.\n";
    return;
  }
  const Value& result = outcome.result;
  if (outcome.existed) out.stream() << "This run was complete already; its result:\n";
  if (const Value* claim = present(result, "claim")) {
    print_claim(out, *claim, outcome.status == host::RunStatus::valid);
  } else {
    out.stream() << "The experiment makes no claim.\n";
  }
  out.stream() << '\n';
  if (const Value* gates = present(result, "gates")) print_gates(out, *gates);
  if (const Value* ledger = present(result, "ledger")) {
    out.stream() << '\n';
    for (const std::string& line : wrapped(ledger_words(*ledger), out.width())) {
      out.stream() << line << '\n';
    }
  }
  out.stream() << "Files: " << directory << "\n\n";
  print_verdict(out, result);
}

}  // namespace leakprobe::cli
