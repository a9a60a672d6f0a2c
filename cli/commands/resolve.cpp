#include <sstream>

#include "annotated_yaml.h"
#include "commands.h"
#include "experiment_arguments.h"
#include "failures.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  ExperimentArguments experiment;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  options.experiment.declare(arguments);
  arguments.flag("--json", options.json, "Print it as JSON");
}

const Value& at(const Value& map, const char* key) {
  static const Value kNull;
  const Value* value = map.find(key);
  return value == nullptr ? kNull : *value;
}

std::string text_or_unknown(const Value& value, std::string (*text)(double)) {
  return value.is_null() ? "unknown" : text(value.as_number());
}

std::string flops(double number) { return quantity(number, "FLOP"); }

void print_phases(const Terminal& out, const Value& phases) {
  constexpr Table::Align kRight = Table::Align::right;
  Table table({"phase", "type", "from", "steps", "rows", "tokens", "work", "trained"},
              {Table::Align::left, Table::Align::left, Table::Align::left, kRight, kRight, kRight,
               kRight, kRight});
  for (const Value& phase : phases.as_list()) {
    table.add(
        {visible(plain(at(phase, "name"))), visible(plain(at(phase, "type"))),
         visible(plain(at(phase, "from"))), text_or_unknown(at(phase, "steps"), whole),
         text_or_unknown(at(phase, "rows"), whole), text_or_unknown(at(phase, "tokens"), whole),
         text_or_unknown(at(phase, "flops"), flops), text_or_unknown(at(phase, "trained"), whole)});
  }
  table.print(out);
}

void print_gates(const Terminal& out, const Value& gates) {
  if (gates.as_list().empty()) return;
  out.stream() << '\n';
  Table table({"gate", "of phase", "holds when", "applies"});
  for (const Value& gate : gates.as_list()) {
    table.add({visible(plain(at(gate, "name"))), visible(plain(at(gate, "phase"))),
               visible(plain(at(gate, "bound"))), visible(plain(at(gate, "applies")))});
  }
  table.print(out);
}

/// Everything but the experiment: as comments, so that what is printed is an experiment.
void print_comments(const Terminal& out, const Value& resolved) {
  std::ostringstream text;
  const Terminal lines(text, out.width() > 2 ? out.width() - 2 : 0, out.styled());
  print_phases(lines, at(resolved, "phases"));
  print_gates(lines, at(resolved, "gates"));
  lines.stream() << "\nparameters " << text_or_unknown(at(resolved, "parameters"), whole)
                 << ", memory about " << text_or_unknown(at(resolved, "memory"), bytes)
                 << ", disk about " << text_or_unknown(at(resolved, "disk"), bytes) << ", digest "
                 << plain(at(resolved, "digest")) << '\n';
  std::istringstream printed(text.str());
  for (std::string line; std::getline(printed, line);) {
    out.stream() << (line.empty() ? "#" : "# " + line) << '\n';
  }
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  const Terminal& out = session.out;
  const Value resolved = workbench.resolve(options.experiment.value());
  if (options.json) {
    out.stream() << to_json(resolved) << '\n';
    return kDone;
  }
  print_annotated_yaml(out, at(resolved, "experiment"), at(resolved, "origins"));
  out.stream() << '\n';
  print_comments(out, resolved);
  for (const Value& warning : at(resolved, "warnings").as_list()) {
    session.err.stream() << visible(plain(warning)) << '\n';
  }
  return kDone;
}

}  // namespace

Command resolve_command() {
  return make_command<Options>(
      "resolve",
      "Print an experiment with every default, where each value comes from, and its cost",
      "  leakprobe resolve examples/password/quick.yaml\n"
      "  leakprobe resolve mine.yaml optimizer.lr=3e-4 > changed.yaml\n"
      "  What is printed is an experiment: its cost stands in comments.\n",
      declare, run);
}

}  // namespace leakprobe::cli
