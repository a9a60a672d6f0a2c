#include "commands.h"
#include "failures.h"
#include "ledger_words.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string directory;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required("DIR", options.directory, "A run's folder");
  arguments.flag("--json", options.json, "Print it as JSON");
}

/// A line for each set that reached a column of a loss, and an empty one.
void print_sets(const Terminal& out, const Value& sets) {
  constexpr Table::Align kLeft = Table::Align::left;
  constexpr Table::Align kRight = Table::Align::right;
  Table table({"phase", "term", "column", "sign", "set", "prefix", "protected", "rows", "pushed up",
               "pushed down"},
              {kLeft, kLeft, kLeft, kLeft, kLeft, kLeft, kLeft, kRight, kRight, kRight});
  for (const Value& set : sets.as_list()) {
    const auto word = [&](const char* key) { return visible(plain(set.at(key))); };
    const auto count = [&](const char* key) { return grouped(set.integer(key)); };
    const auto is = [&](const char* key) { return set.boolean(key); };
    const char* protection = is("violated") ? "VIOLATED" : is("protected") ? "yes" : "";
    table.add({word("phase"), word("term"), word("column"), word("sign"), word("set"),
               word("prefix"), protection, count("rows"), count("pushed_up"),
               count("pushed_down")});
  }
  table.print(out);
  out.stream() << '\n';
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  const Terminal& out = session.out;
  const Value audit = workbench.audit(options.directory);
  const bool clean = audit.boolean("never_pushed_up");
  if (options.json) {
    out.stream() << to_json(audit) << '\n';
    return clean ? kDone : kInvalid;
  }
  for (const Value& part : audit.items("inherited")) {
    const std::string heading = "Inherited: phase '" + plain(part.at("into")) + "' of " +
                                plain(part.at("heir")) + " starts from '" +
                                plain(part.at("phase")) + "' of " + plain(part.at("run")) + ", " +
                                counted(part.integer("steps"), "training step");
    print_wrapped(out, visible(heading));
    print_sets(out, part.at("sets"));
  }
  if (!audit.items("sets").empty()) print_sets(out, audit.at("sets"));
  const std::string unfinished = shown(audit, "unfinished");
  if (!unfinished.empty()) print_wrapped(out, unfinished);
  if (unfinished.empty() || audit.integer("steps") > 0) print_wrapped(out, ledger_words(audit));
  if (const Value* first = audit.find("first_pushed_up"); first != nullptr && first->is_map()) {
    out.stream() << "The first time: " << visible(to_json(*first)) << '\n';
  }
  print_warnings(session.err, audit.at("notes"));
  return clean ? kDone : kInvalid;
}

}  // namespace

Command audit_command() {
  return make_command<Options>(
      "audit", "Judge a run's ledger again: what reached which loss, and in which direction",
      "  leakprobe audit runs/password-quick/0123456789abcdef-s0\n", declare, run);
}

}  // namespace leakprobe::cli
