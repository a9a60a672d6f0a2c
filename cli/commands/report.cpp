#include "leakprobe/host/report.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <utility>

#include "claim_words.h"
#include "commands.h"
#include "failures.h"
#include "statistics_words.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::vector<std::string> directories;
  std::string out;
  std::string pool;
  std::string against;
  std::optional<double> power;
  bool no_figures = false;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.rest("DIR", options.directories, true,
                 "Folders of sweeps or runs, or folders below which runs lie");
  arguments.option("--out", "DIR", options.out, false,
                   "Where the report's files go; by default the first DIR");
  arguments.option(
      "--power", options.power,
      "Also say how many seeds would find each observed effect that often, such as 0.8");
  arguments.option("--pool", "WORDS", options.pool, false,
                   "Put runs together although they differ in compute, optimizer, data or build");
  arguments.option("--against", "GATE", options.against, false,
                   "Also show the effect against the value of a gate, such as suppress.suppressed");
  arguments.flag("--no-figures", options.no_figures, "Numbers alone: no report.html, no figures");
  arguments.flag("--json", options.json, "Print report.json");
}

constexpr Table::Align kLeft = Table::Align::left;
constexpr Table::Align kRight = Table::Align::right;

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  std::istringstream stream(list);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

const Value::List& groups_of(const Value& report) { return report.items("groups"); }

std::string label_of(const Value& group) { return visible(group.text("label")); }

/// "5 of 6"
std::string valid_runs(const Value& group) {
  const Value& counts = group.at("counts");
  const int64_t valid = counts.integer("valid");
  const int64_t others = static_cast<int64_t>(group.items("runs").size()) - valid;
  return grouped(valid) + " of " + grouped(valid + others);
}

const Value& scale_of_first(const Value& report) {
  const Value::List& groups = groups_of(report);
  const auto known = std::find_if(groups.begin(), groups.end(), [](const Value& group) {
    return !group.at("direction").is_null();
  });
  return known == groups.end() ? groups.front() : *known;
}

/// Whether what is measured is the same in all groups that measured something.
bool is_one_measure(const Value& report) {
  const Value::List& groups = groups_of(report);
  const Value& first = scale_of_first(report);
  return std::all_of(groups.begin(), groups.end(), [&](const Value& group) {
    return group.at("claim") == first.at("claim") &&
           (group.at("direction").is_null() || level_words(group) == level_words(first));
  });
}

bool has_statistics(const Value& group) { return !group.at("statistics").is_null(); }

/// Whether the effect of a group was tested: several runs count, and they differ.
bool has_test(const Value& group) {
  return has_statistics(group) && !group.at("statistics").at("effect").at("p_two_sided").is_null();
}

bool any_group(const Value& report, bool (*is)(const Value&)) {
  return std::any_of(groups_of(report).begin(), groups_of(report).end(), is);
}

void print_measured(const Terminal& out, const Value& report) {
  const Value::List& groups = groups_of(report);
  const bool measured = any_group(report, has_statistics);
  const bool with_unit = measured && !is_one_measure(report);
  const bool relative = measured && any_group(report, is_log_probability);
  const std::string against = report.find_text("against");
  const bool with_gate = measured && !against.empty();
  std::vector<std::string> headings = {"group", "VALID"};
  if (with_gate) headings.push_back(visible(against) + kDeviation);
  if (measured) {
    headings.insert(headings.end(), {level_heading(groups), "control",
                                     std::string("effect") + kDeviation, "95 % interval"});
  }
  if (relative) headings.push_back("effect in %");
  if (with_unit) headings.push_back("unit");
  std::vector<Table::Align> alignment(headings.size(), kRight);
  alignment.front() = kLeft;
  Table table(headings, alignment);
  for (const Value& group : groups) {
    std::vector<std::string> cells = {label_of(group), valid_runs(group)};
    if (has_statistics(group)) {
      const Value& statistics = group.at("statistics");
      const Value& control = statistics.at("control");
      const Value& effect = statistics.at("effect");
      const Value& ratio = effect.at("relative_increase_geometric");
      if (with_gate) {
        const Value* gate = statistics.at("gates").find(against);
        cells.push_back(gate == nullptr ? "-" : gate_mean(*gate));
      }
      cells.push_back(signed_number(statistics.at("leak").at("mean")));
      cells.push_back(control.is_null() ? "-" : signed_number(control.at("mean")));
      cells.push_back(mean_and_deviation(effect));
      cells.push_back(interval(effect));
      if (relative) cells.push_back(ratio.is_null() ? "-" : percent(ratio.as_number()));
      if (with_unit) cells.push_back(level_words(group));
    }
    table.add(std::move(cells));
  }
  table.print(out);
}

/// The tests, as far as there are any, and what follows.
void print_tests(const Terminal& out, const Value& report, bool power) {
  const bool measured = any_group(report, has_statistics);
  std::vector<std::string> headings = {"group"};
  if (measured) headings.insert(headings.end(), {"p (t)", "sign-flip", "Holm"});
  if (power) headings.push_back("seeds");
  headings.push_back("");
  Table table(headings, {kLeft, measured ? kRight : kLeft, kRight, kRight, power ? kRight : kLeft});
  for (const Value& group : groups_of(report)) {
    const Value& statistics = group.at("statistics");
    std::vector<std::string> cells = {label_of(group)};
    if (has_statistics(group)) {
      const Value& effect = statistics.at("effect");
      cells.insert(cells.end(), {p_value(effect.at("p_two_sided")), sign_flip(effect),
                                 p_value(statistics.at("p_holm"))});
    } else if (measured) {
      cells.insert(cells.end(), {"-", "-", "-"});
    }
    if (power) {
      const Value* seeds = statistics.find("seeds_needed");
      cells.push_back(seeds == nullptr || seeds->is_null() ? "-" : grouped(seeds->as_integer()));
    }
    cells.push_back(visible(group.text("conclusion")));
    table.add(std::move(cells));
  }
  table.print(out);
}

void print_power(const Terminal& out, const Value& report, double power) {
  if (any_group(report, has_test)) {
    out.stream() << "\nseeds: with so many a test at the 5 % level finds the observed effect with "
                    "probability "
                 << plain(Value(power)) << ". It is only as sure as that effect.\n";
  } else {
    out.stream()
        << "\nHow many seeds would find an effect is not known: no group has several VALID "
           "runs that differ.\n";
  }
}

/// Gates that a VALID run was not asked to pass, and did not.
void print_missed(const Terminal& out, const Value& report) {
  std::vector<std::pair<std::string, std::string>> lines;  // gates, groups
  for (const Value& group : groups_of(report)) {
    std::string gates;
    for (const Value& gate : group.items("missed")) {
      gates += (gates.empty() ? "" : ", ") + visible(gate.as_string());
    }
    if (gates.empty()) continue;
    const auto same = std::find_if(lines.begin(), lines.end(),
                                   [&](const auto& line) { return line.first == gates; });
    if (same == lines.end()) {
      lines.emplace_back(gates, label_of(group));
    } else {
      same->second += "; " + label_of(group);
    }
  }
  if (lines.empty()) return;
  out.stream() << '\n';
  const bool all = lines.size() == 1 &&
                   std::none_of(groups_of(report).begin(), groups_of(report).end(),
                                [](const Value& group) { return group.items("missed").empty(); });
  for (const auto& [gates, groups] : lines) {
    out.stream() << "Waived gates that missed their bounds" << (all ? "" : " in " + groups) << ": "
                 << gates << '\n';
  }
}

/// The runs that are no evidence, each with why.
void print_others(const Terminal& out, const Value& report) {
  Table table({"run that does not count", "seed", "verdict", "because"}, {kLeft, kRight});
  std::set<std::pair<std::string, std::string>> said;  // one of several claims stands in each
  for (const Value& group : groups_of(report)) {
    for (const Value& run : group.items("runs")) {
      const std::string& verdict = run.text("verdict");
      if (verdict == "VALID") continue;
      if (!said.insert({run.text("directory"), to_json(run.at("reasons"))}).second) continue;
      std::string reasons;
      for (const Value& reason : run.items("reasons")) {
        reasons += (reasons.empty() ? "" : "; ") + visible(reason.as_string());
      }
      table.add({label_of(group), grouped(run.integer("seed")), verdict, reasons});
    }
  }
  if (table.empty()) return;
  out.stream() << '\n';
  table.print(out);
}

/// What the groups claim, where it is one thing, or one thing for each name of a claim.
void print_claims(const Terminal& out, const Value& report) {
  if (is_one_measure(report)) {
    const Value& first = scale_of_first(report);
    if (!first.at("claim").is_null()) {
      out.stream() << claim_words(first.at("claim"), first) << ":\n";
    }
    return;
  }
  std::vector<std::pair<std::string, std::string>> lines;  // group or name of a claim, words
  const auto add = [&](bool measured) {
    for (const Value& group : groups_of(report)) {
      if (group.at("claim").is_null() || group.at("direction").is_null() == measured) continue;
      const std::string claim = shown(group, "claim_name");
      const std::string name = claim.empty() ? label_of(group) : claim;
      const std::string words = claim_words(group.at("claim"), group);
      const bool known = std::any_of(lines.begin(), lines.end(), [&](const auto& line) {
        return line.first == name && (!measured || line.second == words);
      });
      if (!known) lines.emplace_back(name, words);
    }
  };
  add(true);
  add(false);
  constexpr size_t kMostLines = 12;
  for (size_t i = 0; i < std::min(lines.size(), kMostLines); ++i) {
    out.stream() << out.bold(lines[i].first) << ": " << lines[i].second << '\n';
  }
  if (lines.size() > kMostLines) out.stream() << "...; report.json has the claim of each group\n";
  out.stream() << '\n';
}

ExitStatus run(const Session& session, const Options& options) {
  const host::ReportOptions asked = {{options.directories.begin(), options.directories.end()},
                                     options.out,
                                     words_of(options.pool),
                                     options.power,
                                     !options.no_figures,
                                     options.against};
  const Value report = host::report(asked);
  print_warnings(session.err, report.at("notes"));
  const bool any_valid =
      any_group(report, [](const Value& group) { return group.at("counts").integer("valid") > 0; });
  const ExitStatus status = any_valid ? kDone : kInvalid;
  const Terminal& out = session.out;
  if (options.json) {
    out.stream() << to_json(report) << '\n';
    return status;
  }
  print_claims(out, report);
  print_measured(out, report);
  out.stream() << '\n';
  print_tests(out, report, options.power.has_value() && any_group(report, has_test));
  print_missed(out, report);
  print_others(out, report);
  if (options.power) print_power(out, report, *options.power);
  const std::filesystem::path folder =
      options.out.empty() ? options.directories.front() : options.out;
  std::error_code ignored;
  out.stream() << "\nFiles: report.json, runs.csv" << (options.no_figures ? "" : ", figures")
               << (!options.no_figures && std::filesystem::exists(folder / "report.html", ignored)
                       ? ", report.html"
                       : "")
               << " in " << visible(folder.string()) << '\n';
  return status;
}

}  // namespace

Command report_command() {
  return make_command<Options>(
      "report", "Say what many runs show together: statistics over seeds, tests, figures",
      "  leakprobe report runs/password-quick\n"
      "  leakprobe report runs/fig4_ablation/sweeps/fig4_ablation --power 0.8\n"
      "  leakprobe report float32 bfloat16 --pool compute --out both\n"
      "  leakprobe report runs/ten_arms/sweeps/ten_arms --against suppressed\n",
      declare, run);
}

}  // namespace leakprobe::cli
