#include "sweep_tables.h"

#include <string>

#include "claim_words.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

std::string text_of(const Value& map, const char* key) {
  const Value* value = map.find(key);
  return value && !value->is_null() ? visible(plain(*value)) : "";
}

std::string signed_number(const Value& map, const char* key) {
  const Value* value = map.find(key);
  return value && !value->is_null() ? with_sign(value->as_number(), 3) : "-";
}

/// Of leak and effect; "" where nothing was measured.
std::string unit_of(const Value& run) {
  return text_of(run, "effect").empty() ? "" : unit_words(run);
}

std::string coloured(const Terminal& out, const std::string& word) {
  if (word == "VALID" || word == "complete") return out.green(word);
  if (word == "INVALID" || word == "failed") return out.red(word);
  return word == "missing" || word == "not started" ? out.dim(word) : out.yellow(word);
}

std::string state_text(const Terminal& out, const Value& point) {
  const std::string verdict = text_of(point, "verdict");
  const std::string state = coloured(out, text_of(point, "state"));
  return text_of(point, "state") == "complete" ? state + ", " + coloured(out, verdict) : state;
}

std::string notes(const Value& point) {
  std::string text = text_of(point, "note");
  const auto add = [&](const std::string& note) { text += (text.empty() ? "" : "; ") + note; };
  if (const std::string stem = text_of(point, "waits_for"); !stem.empty()) {
    add("starts after " + text_of(point, "starts_after") + " of " + stem);
  }
  const Value* leaves = point.find("leaves");
  for (const Value& phase : leaves->as_list())
    add("computes " + visible(plain(phase)) + " for others");
  return text;
}

std::string outcome_word(const Value& run) {
  const std::string state = text_of(run, "state");
  if (state == "complete") return text_of(run, "verdict");
  return state == "not_started" ? "not started" : state;
}

std::string run_time(const Value& run) {
  const Value* seconds = run.find("seconds");
  return seconds && !seconds->is_null() ? duration(seconds->as_number()) : "";
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

/// "3 VALID, 1 INVALID, 1 failed"
std::string counts_text(const Value& counts) {
  std::string text;
  const auto add = [&](const char* key, const char* word) {
    const int64_t number = counts.find(key)->as_integer();
    if (number > 0) text += (text.empty() ? "" : ", ") + grouped(number) + " " + word;
  };
  add("valid", "VALID");
  add("invalid", "INVALID");
  add("failed", "failed");
  add("interrupted", "interrupted with their state saved");
  add("not_started", "not started");
  return text;
}

}  // namespace

std::string sweep_plan_line(const Value& plan) {
  const int64_t most = plan.find("threads")->as_integer();
  const int64_t least = plan.find("threads_least")->as_integer();
  return counted(plan.find("runs")->as_integer(), "run") + ", " +
         grouped(plan.find("complete")->as_integer()) + " of them complete; " +
         text_of(plan, "jobs") + " at once with " + (least < most ? grouped(least) + " to " : "") +
         counted(most, "thread") + " each, in " + shown_path(plan.find("folder")->as_string());
}

void print_sweep_plan(const Terminal& out, const Value& plan) {
  constexpr auto kLeft = Table::Align::left;
  Table table({"run", "state", "steps", "directory", ""},
              {kLeft, kLeft, Table::Align::right, kLeft, kLeft});
  for (const Value& point : plan.find("points")->as_list()) {
    table.add({text_of(point, "label"), state_text(out, point),
               grouped(point.find("steps")->as_integer()),
               shown_path(point.find("directory")->as_string()), notes(point)});
  }
  table.print(out);
  out.stream() << '\n' << sweep_plan_line(plan) << '\n';
}

void print_sweep_outcome(const Terminal& out, const Value& outcome) {
  constexpr auto kRight = Table::Align::right;
  const Value::List& runs = outcome.find("runs")->as_list();
  Table table({"run", "verdict", level_heading(runs), "effect", "unit", "time", ""},
              {Table::Align::left, Table::Align::left, kRight, kRight, Table::Align::left, kRight});
  Table failures({"failed", "log", "reason"});
  for (const Value& run : runs) {
    table.add({text_of(run, "label"), coloured(out, outcome_word(run)), signed_number(run, "leak"),
               signed_number(run, "effect"), unit_of(run), run_time(run), why(run)});
    if (text_of(run, "state") != "failed") continue;
    failures.add(
        {text_of(run, "label"), shown_path(run.find("log")->as_string()), text_of(run, "reason")});
  }
  table.print(out);
  if (!failures.empty()) {
    out.stream() << '\n';
    failures.print(out);
  }
  out.stream() << '\n'
               << out.bold(counts_text(*outcome.find("counts"))) << '\n'
               << "Folder: " << shown_path(outcome.find("folder")->as_string()) << '\n';
}

}  // namespace leakprobe::cli
