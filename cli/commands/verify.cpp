#include "leakprobe/host/verify.h"

#include "commands.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string library;
  std::vector<std::string> beside;
  std::string tokenizer;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required("LIBRARY", options.library, "A plugin library, a .so file");
  arguments.option("--beside", "PATH", options.beside,
                   "A library, or a folder of them, with plugins that the examples of these name, "
                   "besides those of this installation (repeatable)");
  arguments.option("--tokenizer", "PATH", options.tokenizer, false,
                   "A tokenizer.json, or its folder, for plugins that need a tokenizer; by default "
                   "one of the task's vocabulary, or of single characters");
  arguments.flag("--json", options.json, "Print the verdicts as JSON");
}

/// How many laws came to what.
struct Count {
  int64_t holds = 0, broken = 0, not_asked = 0;
};

void add_law(const Terminal& out, const Value& law, Table& table, Count& count) {
  const std::string& outcome = law.text("outcome");
  const std::string name = visible(law.text("name"));
  if (outcome == "holds") {
    ++count.holds;
    return table.add({name, out.green("holds")});
  }
  std::string reasons;
  for (const std::string& reason : law.texts("reasons")) {
    reasons += (reasons.empty() ? "" : "; ") + visible(reason);
  }
  if (outcome == "not_asked") {
    ++count.not_asked;
    return table.add({name, out.dim("not asked") + ": " + reasons});
  }
  ++count.broken;
  table.add({name, out.red("broken") + ": " + reasons});
  table.add({"", "the contract: " + law.text("contract") + " (" + law.text("header") + ")"});
}

void print_plugin(const Terminal& out, const Value& plugin, Count& count) {
  const std::string options = plugin.text("options");
  out.stream() << out.bold(visible(plugin.text("plugin")))
               << (options.empty() ? "" : " " + visible(options)) << '\n';
  Table table;
  for (const Value& law : plugin.items("laws")) add_law(out, law, table, count);
  table.print(out, 2);
  out.stream() << '\n';
}

std::string summary(const Count& count) {
  return counted(count.holds, "law") + (count.holds == 1 ? " holds, " : " hold, ") +
         std::to_string(count.broken) + (count.broken == 1 ? " is broken, " : " are broken, ") +
         std::to_string(count.not_asked) + " not asked";
}

ExitStatus run(const Session& session, const Options& options) {
  const Value plugins = host::verify(
      options.library, {options.beside.begin(), options.beside.end()}, options.tokenizer);
  const Terminal& out = session.out;
  Count count;
  if (options.json) {
    out.stream() << to_json(plugins) << '\n';
    for (const Value& plugin : plugins.as_list()) {
      for (const Value& law : plugin.items("laws")) count.broken += law.text("outcome") == "broken";
    }
  } else {
    for (const Value& plugin : plugins.as_list()) print_plugin(out, plugin, count);
    out.stream() << summary(count) << '\n';
  }
  return count.broken == 0 ? kDone : kInvalid;
}

}  // namespace

Command verify_command() {
  return make_command<Options>(
      "verify", "Ask the plugins of a library all that the contracts of their kinds say",
      "  leakprobe verify build/lib/leakprobe/plugins/acme_npo.so\n"
      "  leakprobe verify acme_phase.so --beside build/lib/leakprobe/plugins --json\n",
      declare, run);
}

}  // namespace leakprobe::cli
