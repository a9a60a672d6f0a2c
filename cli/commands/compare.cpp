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
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required(
      "A", options.a,
      "A folder with runs of one configuration, or DIR:GROUP, where GROUP is a label "
      "such as freezing=with");
  arguments.required("B", options.b, "The same for the other configuration");
  arguments.flag("--json", options.json, "Print it as JSON");
}

constexpr Table::Align kRight = Table::Align::right;

void print_sides(const Terminal& out, const Value& comparison) {
  Table table;
  for (const auto& [name, key] : {std::pair("A", "a"), std::pair("B", "b")}) {
    const Value& side = *comparison.find(key);
    table.add({name, visible(side.find("label")->as_string()),
               visible(side.find("directory")->as_string())});
  }
  table.print(out);
  const Value& differences = *comparison.find("differences");
  if (differences.as_list().empty()) return;
  out.stream() << '\n';
  Table changed({"they differ in", "A", "B"});
  for (const Value& difference : differences.as_list()) {
    const auto text = [&](const char* side) {
      const Value& value = *difference.find(side);
      return value.is_null() ? std::string("-") : visible(plain(value));
    };
    changed.add({visible(difference.find("path")->as_string()), text("a"), text("b")});
  }
  changed.print(out);
}

void print_pairs(const Terminal& out, const Value& comparison) {
  Table table({"seed", "A", "B", "A - B"}, {kRight, kRight, kRight, kRight});
  for (const Value& pair : comparison.find("pairs")->as_list()) {
    table.add({grouped(pair.find("seed")->as_integer()), nats(*pair.find("a")),
               nats(*pair.find("b")), nats(*pair.find("difference"))});
  }
  for (const Value& pair : comparison.find("left_out")->as_list()) {
    table.add({grouped(pair.find("seed")->as_integer()), pair.find("a")->as_string(),
               pair.find("b")->as_string(), "does not count"});
  }
  table.print(out);
}

ExitStatus run(const Session& session, const Options& options) {
  const Value comparison = host::compare(options.a, options.b);
  print_warnings(session.err, *comparison.find("notes"));
  const Value& statistics = *comparison.find("statistics");
  const ExitStatus status = statistics.is_null() ? kInvalid : kDone;
  const Terminal& out = session.out;
  if (options.json) {
    out.stream() << to_json(comparison) << '\n';
    return status;
  }
  print_sides(out, comparison);
  out.stream() << "\nEffect in nats per token, by seed:\n";
  print_pairs(out, comparison);
  if (!statistics.is_null()) {
    out.stream() << '\n';
    Table table({"A - B", "95 % interval", "p (t)", "sign-flip"}, {kRight, kRight, kRight, kRight});
    table.add({mean_and_deviation(statistics), interval(statistics),
               p_value(*statistics.find("p_two_sided")), sign_flip(statistics)});
    table.print(out);
  }
  out.stream() << '\n' << comparison.find("conclusion")->as_string() << '\n';
  return status;
}

}  // namespace

Command compare_command() {
  return make_command<Options>(
      "compare", "Compare the effects of two configurations, seed by seed",
      "  leakprobe compare runs/float32 runs/bfloat16\n"
      "  leakprobe compare runs/fig4:freezing=with runs/fig4:freezing=without\n",
      declare, run);
}

}  // namespace leakprobe::cli
