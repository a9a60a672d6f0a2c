#include "sweep_tables.h"

#include <set>
#include <string>

#include "claim_words.h"
#include "run_lines.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

std::string signed_number(const Value& map, const char* key) {
  const auto number = map.find_number(key);
  return number ? with_sign(*number, 3) : "-";
}

/// "+14.4 %" of log-probabilities; "" of what has no ratio.
std::string relative_effect(const Value& run) {
  const auto ratio = run.find_number("relative_effect");
  return ratio ? percent(*ratio) : "";
}

/// Of leak and effect; "" where nothing was measured.
std::string unit_of(const Value& run) { return run.find_number("effect") ? unit_words(run) : ""; }

/// Of a run that nobody has begun: neither an error nor a verdict.
constexpr const char* kNotBegun = "NOT BEGUN";

std::string coloured(const Terminal& out, const std::string& word) {
  if (word == "VALID" || word == "complete") return out.green(word);
  if (word == "INVALID" || word == "failed") return out.red(word);
  return word == kNotBegun ? out.dim(word) : out.yellow(word);
}

std::string state_text(const Terminal& out, const Value& point) {
  const std::string verdict = shown(point, "verdict");
  const std::string word = shown(point, "state");
  const std::string state = coloured(out, word == "missing" ? kNotBegun : word);
  return word == "complete" ? state + ", " + coloured(out, verdict) : state;
}

std::string notes(const Value& point) {
  std::string text = shown(point, "note");
  const auto add = [&](const std::string& note) { text += (text.empty() ? "" : "; ") + note; };
  if (const std::string stem = shown(point, "waits_for"); !stem.empty()) {
    add("starts after " + shown(point, "starts_after") + " of " + stem);
  }
  const Value* leaves = point.find("leaves");
  for (const Value& phase : leaves->as_list())
    add("computes " + visible(plain(phase)) + " for others");
  return text;
}

std::string outcome_word(const Value& run) {
  const std::string state = shown(run, "state");
  if (state == "complete") return shown(run, "verdict");
  return state == "not_started" ? kNotBegun : state;
}

std::string run_time(const Value& run) {
  const auto seconds = run.find_number("seconds");
  return seconds ? duration(*seconds) : "";
}

std::string why(const Value& run) {
  const Value* reasons = run.find("reasons");
  std::string text;
  if (!reasons || !reasons->is_list()) return text;
  for (const Value& reason : reasons->as_list()) {
    text += (text.empty() ? "" : "; ") + visible(plain(reason));
  }
  return text;
}

/// "seed=0; seed=1", of the first few runs that are in that state.
std::string labels_of(const Value::List& runs, const std::string& state) {
  constexpr size_t kNamed = 5;
  std::string text;
  size_t found = 0;
  for (const Value& run : runs) {
    if (shown(run, "state") != state || ++found > kNamed) continue;
    text += (text.empty() ? "" : "; ") + shown(run, "label");
  }
  return found <= kNamed ? text : text + " and " + std::to_string(found - kNamed) + " more";
}

/// "'leaks'": the claims that leak and effect are of, where the runs make several.
std::string named_claims(const Value::List& runs) {
  std::set<std::string> names;
  for (const Value& run : runs) names.insert(shown(run, "claim_name"));
  names.erase("");
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

/// "3 VALID, 1 INVALID, 1 failed"
std::string counts_text(const Value& counts) {
  std::string text;
  const auto add = [&](const char* key, const char* word) {
    const int64_t number = counts.integer(key);
    if (number > 0) text += (text.empty() ? "" : ", ") + grouped(number) + " " + word;
  };
  add("valid", "VALID");
  add("invalid", "INVALID");
  add("failed", "failed");
  add("interrupted", "interrupted");
  add("not_started", "not begun");
  return text;
}

}  // namespace

std::string sweep_plan_line(const Value& plan) {
  const int64_t most = plan.integer("threads");
  const int64_t least = plan.integer("threads_least");
  return counted(plan.integer("runs"), "run") + ", " + grouped(plan.integer("complete")) +
         " of them complete; " + shown(plan, "jobs") + " at once with " +
         (least < most ? grouped(least) + " to " : "") + counted(most, "thread") + " each, in " +
         shown_path(plan.text("folder"));
}

void print_sweep_plan(const Terminal& out, const Value& plan) {
  constexpr auto kLeft = Table::Align::left;
  Table table({"run", "state", "steps", "directory", ""},
              {kLeft, kLeft, Table::Align::right, kLeft, kLeft});
  for (const Value& point : plan.items("points")) {
    table.add({shown(point, "label"), state_text(out, point), grouped(point.integer("steps")),
               shown_path(point.text("directory")), notes(point)});
  }
  table.print(out);
  out.stream() << '\n' << sweep_plan_line(plan) << '\n';
}

void print_sweep_outcome(const Terminal& out, const Value& outcome) {
  constexpr auto kRight = Table::Align::right;
  const Value::List& runs = outcome.items("runs");
  Table table(
      {"run", "verdict", level_heading(runs), "effect", "effect in %", "unit", "time", ""},
      {Table::Align::left, Table::Align::left, kRight, kRight, kRight, Table::Align::left, kRight});
  Table failures({"failed", "log", "reason"});
  for (const Value& run : runs) {
    table.add({shown(run, "label"), coloured(out, outcome_word(run)), signed_number(run, "leak"),
               signed_number(run, "effect"), relative_effect(run), unit_of(run), run_time(run),
               why(run)});
    if (shown(run, "state") != "failed") continue;
    failures.add({shown(run, "label"), shown_path(run.text("log")), shown(run, "reason")});
  }
  table.print(out);
  const std::string claims = named_claims(runs);
  if (!claims.empty()) {
    print_wrapped(out, "These are the numbers of the first claim, " + claims +
                           "; a report shows those of every claim.");
  }
  if (!failures.empty()) {
    out.stream() << '\n';
    failures.print(out);
  }
  const std::string interrupted = labels_of(runs, "interrupted");
  if (!outcome.boolean("begun")) {
    out.stream() << "\nInterrupted before any run began: nothing is left of this sweep. Start it "
                    "again with the same command.\n";
    return;
  }
  if (!interrupted.empty()) {
    out.stream() << '\n';
    print_wrapped(out, "Interrupted: " + interrupted +
                           "; the same command without --fresh goes on with what was saved.");
  }
  out.stream() << '\n'
               << out.bold(counts_text(outcome.at("counts"))) << '\n'
               << "Folder: " << shown_path(outcome.text("folder")) << '\n';
  if (outcome.at("counts").integer("valid") > 0) {
    out.stream() << "What they show together:  leakprobe report "
                 << shown_path(outcome.text("folder")) << '\n';
  }
}

}  // namespace leakprobe::cli
