#include "leakprobe/host/examples.h"

#include <cmath>

#include "commands.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.flag("--json", options.json, "Print them as JSON");
}

/// Minutes that are known roughly: "seconds", "5 min", "8 h", "15 days".
std::string about(double minutes) {
  const auto in = [&](double unit) { return grouped(std::llround(minutes / unit)); };
  if (minutes < 1) return "seconds";
  if (minutes < 120) return in(1) + " min";
  return minutes < 48 * 60 ? in(60) + " h" : in(24 * 60) + " days";
}

Value to_value(const std::vector<host::Example>& examples) {
  Value list = Value::list();
  for (const host::Example& example : examples) {
    Value value = Value::map();
    value.set("name", example.name);
    value.set("file", example.file);
    value.set("question", example.question);
    value.set("minutes", example.minutes);
    value.set("needs", example.needs);
    list.push_back(std::move(value));
  }
  return list;
}

ExitStatus run(const Session& session, const Options& options) {
  const std::vector<host::Example> examples = host::examples();
  if (options.json) {
    session.out.stream() << to_json(to_value(examples)) << '\n';
    return kDone;
  }
  Table table({"name", "takes", "what it answers"});
  for (const host::Example& example : examples) {
    const std::string needs = example.needs.empty() ? "" : " Needs: " + example.needs;
    table.add({session.out.bold(visible(example.name)), about(example.minutes),
               visible(example.question + needs)});
  }
  table.print(session.out);
  return kDone;
}

}  // namespace

Command examples_command() {
  return make_command<Options>(
      "examples", "List the experiments that come along: what each answers, and how long it takes",
      "  leakprobe examples\n"
      "  leakprobe copy quick my_first\n"
      "  Times are those of two cores with AVX-512.\n",
      declare, run);
}

}  // namespace leakprobe::cli
