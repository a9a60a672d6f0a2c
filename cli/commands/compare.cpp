#include <algorithm>

#include "claim_words.h"
#include "commands.h"
#include "failures.h"
#include "leakprobe/host/report.h"
#include "statistics_words.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string a, b;
  std::string along;
  std::string claim;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required(
      "A", options.a,
      "A folder with runs of one configuration, or DIR:GROUP, where GROUP is a label "
      "such as freezing=with");
  arguments.optional("B", options.b, "The same for the other configuration");
  arguments.option("--along", "AXIS", options.along, false,
                   "With the folder of a sweep as A alone: compare each two cases of this axis, in "
                   "pairs of runs that are alike in all other axes and the seed");
  arguments.option("--claim", "NAME", options.claim, false,
                   "Which of several claims; by default the first, which decides how runs end");
  arguments.flag("--json", options.json, "Print it as JSON");
}

constexpr Table::Align kRight = Table::Align::right;

void print_sides(const Terminal& out, const Value& comparison) {
  Table table;
  for (const auto& [name, key] : {std::pair("A", "a"), std::pair("B", "b")}) {
    const Value& side = comparison.at(key);
    table.add({name, visible(side.text("label")), visible(side.text("directory"))});
  }
  table.print(out);
  const Value& differences = comparison.at("differences");
  if (differences.as_list().empty()) return;
  out.stream() << '\n';
  Table changed({"they differ in", "A", "B"});
  for (const Value& difference : differences.as_list()) {
    const auto text = [&](const char* side) {
      const Value& value = difference.at(side);
      return value.is_null() ? std::string("-") : visible(plain(value));
    };
    changed.add({visible(difference.text("path")), text("a"), text("b")});
  }
  changed.print(out);
}

/// Which claim's effects these are: "Claim 'first' (others: relearned): Set 'held_out' ..."
std::string claim_line(const Value& side) {
  std::string text;
  if (const std::string name = shown(side, "claim_name"); !name.empty()) {
    std::string others;
    for (const Value& other : side.items("other_claims")) {
      others += (others.empty() ? "" : ", ") + visible(other.as_string());
    }
    text = "Claim '" + name + "'" +
           (others.empty() ? "" : " (--claim compares another: " + others + ")") + ": ";
  }
  return text + claim_words(side.at("claim"), side);
}

void print_claims(const Terminal& out, const Value& comparison) {
  const Value &a = comparison.at("a"), &b = comparison.at("b");
  const std::string of_a = a.at("claim").is_map() ? claim_line(a) : "makes no claim";
  const std::string of_b = b.at("claim").is_map() ? claim_line(b) : "makes no claim";
  out.stream() << '\n';
  if (of_a == of_b) return print_wrapped(out, of_a);
  print_wrapped(out, "A: " + of_a);
  print_wrapped(out, "B: " + of_b);
}

/// "Effect by seed (nats per token):"
void print_unit(const Terminal& out, const Value& comparison) {
  const std::string a = unit_words(comparison.at("a"));
  const std::string b = unit_words(comparison.at("b"));
  out.stream() << "\nEffect by seed (" << (a == b ? a : "A: " + a + "; B: " + b) << "):\n";
}

/// Why a pair does not count, as far as its runs say.
std::string why_left_out(const Value& pair) {
  std::string why;
  for (const auto& [side, key] : {std::pair("A", "a_reasons"), std::pair("B", "b_reasons")}) {
    for (const Value& reason : pair.items(key)) {
      why += (why.empty() ? "" : "; ") + std::string(side) + ": " + visible(reason.as_string());
    }
  }
  return why;
}

void print_pairs(const Terminal& out, const Value& comparison) {
  Table table({"seed", "A", "B", "A - B", ""}, {kRight, kRight, kRight, kRight});
  for (const Value& pair : comparison.items("pairs")) {
    table.add({grouped(pair.integer("seed")), signed_number(pair.at("a")),
               signed_number(pair.at("b")), signed_number(pair.at("difference"))});
  }
  for (const Value& pair : comparison.items("left_out")) {
    table.add({grouped(pair.integer("seed")), visible(pair.text("a")), visible(pair.text("b")),
               "does not count", why_left_out(pair)});
  }
  table.print(out);
}

/// "prefix=with, seed 3"
std::string block_name(const Value& pair) {
  std::string text;
  for (const Value::Entry& label : pair.at("labels").entries()) {
    text += visible(label.key + "=" + label.value.as_string()) + ", ";
  }
  return text + "seed " + grouped(pair.integer("seed"));
}

void print_blocks(const Terminal& out, const Value& comparison) {
  const std::string a = visible(comparison.text("a"));
  const std::string b = visible(comparison.text("b"));
  Table table({"pair", a, b, "difference", ""}, {Table::Align::left, kRight, kRight, kRight});
  for (const Value& pair : comparison.items("pairs")) {
    table.add({block_name(pair), signed_number(pair.at("a")), signed_number(pair.at("b")),
               signed_number(pair.at("difference"))});
  }
  for (const Value& pair : comparison.items("left_out")) {
    table.add({block_name(pair), visible(pair.text("a")), visible(pair.text("b")), "does not count",
               why_left_out(pair)});
  }
  table.print(out);
}

ExitStatus run_along(const Session& session, const Options& options) {
  if (!options.b.empty()) {
    throw host::UsageError("--along compares the cases of one sweep: leave out '" + options.b +
                           "'");
  }
  const Value comparison = host::compare_along(options.a, options.along, options.claim);
  print_warnings(session.err, comparison.at("notes"));
  const Value::List& all = comparison.items("comparisons");
  const bool any = std::any_of(all.begin(), all.end(),
                               [](const Value& one) { return !one.at("statistics").is_null(); });
  const Terminal& out = session.out;
  if (options.json) {
    out.stream() << to_json(comparison) << '\n';
    return any ? kDone : kInvalid;
  }
  if (comparison.at("claim").is_map()) print_wrapped(out, claim_line(comparison));
  std::string over;
  for (const Value& axis : comparison.items("over")) {
    over += (over.empty() ? ", of each seed the mean over " : " and ") + visible(axis.as_string());
  }
  out.stream() << "Effect along " << visible(options.along) << over << " ("
               << unit_words(comparison) << "):\n";
  Table table(
      {"A", "B", "seeds", std::string("A - B") + kDeviation, "95 % interval", "p (t)", "sign-flip",
       "Holm", ""},
      {Table::Align::left, Table::Align::left, kRight, kRight, kRight, kRight, kRight, kRight});
  for (const Value& one : all) {
    const Value& statistics = one.at("statistics");
    std::vector<std::string> cells = {visible(one.text("a")), visible(one.text("b")),
                                      grouped(one.integer("seeds"))};
    if (statistics.is_null()) {
      cells.insert(cells.end(), {"-", "-", "-", "-", "-"});
    } else {
      cells.insert(cells.end(), {mean_and_deviation(statistics), interval(statistics),
                                 p_value(statistics.at("p_two_sided")), sign_flip(statistics),
                                 p_value(one.at("p_holm"))});
    }
    cells.push_back(visible(one.text("conclusion")));
    table.add(std::move(cells));
  }
  table.print(out);
  for (const Value& one : all) {
    out.stream() << '\n';
    print_blocks(out, one);
  }
  return any ? kDone : kInvalid;
}

ExitStatus run(const Session& session, const Options& options) {
  if (!options.along.empty()) return run_along(session, options);
  if (options.b.empty()) {
    throw host::UsageError("name a second configuration, or an axis of a sweep with --along");
  }
  const Value comparison = host::compare(options.a, options.b, options.claim);
  print_warnings(session.err, comparison.at("notes"));
  const Value& statistics = comparison.at("statistics");
  const ExitStatus status = statistics.is_null() ? kInvalid : kDone;
  const Terminal& out = session.out;
  if (options.json) {
    out.stream() << to_json(comparison) << '\n';
    return status;
  }
  print_sides(out, comparison);
  print_claims(out, comparison);
  print_unit(out, comparison);
  print_pairs(out, comparison);
  if (!statistics.is_null()) {
    out.stream() << '\n';
    Table table({std::string("A - B") + kDeviation, "95 % interval", "p (t)", "sign-flip"},
                {kRight, kRight, kRight, kRight});
    table.add({mean_and_deviation(statistics), interval(statistics),
               p_value(statistics.at("p_two_sided")), sign_flip(statistics)});
    table.print(out);
  }
  out.stream() << '\n' << visible(comparison.text("conclusion")) << '\n';
  return status;
}

}  // namespace

Command compare_command() {
  return make_command<Options>(
      "compare", "Compare the effects of two configurations, or of the cases of an axis, in pairs",
      "  leakprobe compare runs/float32 runs/bfloat16\n"
      "  leakprobe compare runs/fig4:freezing=with runs/fig4:freezing=without\n"
      "  leakprobe compare runs/fig4 --along freezing\n"
      "  leakprobe compare runs/a runs/b --claim relearned\n",
      declare, run);
}

}  // namespace leakprobe::cli
