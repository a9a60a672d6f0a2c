#include "commands.h"
#include "experiment_arguments.h"
#include "failures.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  ExperimentArguments experiment;
  std::optional<int64_t> count;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  options.experiment.declare(arguments);
  arguments.option("--count", options.count, 1,
                   "How many rows of each column, of rollouts at least a sampled and a planted one "
                   "(default: 3, of rollouts the first two groups)");
  arguments.flag("--json", options.json, "Print them as JSON");
}

/// The row's text with its scored tokens underlined, in a file or pipe bracketed.
std::string marked(const Terminal& out, const Value& row) {
  const Value::List& pieces = row.items("pieces");
  const Value::List& scored = row.items("scored");
  std::string text;
  for (size_t begin = 0; begin < pieces.size();) {
    const bool is_scored = scored[begin].as_boolean();
    std::string run;
    size_t end = begin;
    for (; end < pieces.size() && scored[end].as_boolean() == is_scored; ++end) {
      run += visible(pieces[end].as_string());
    }
    text += !is_scored ? run : out.styled() ? out.underlined(run) : "[" + run + "]";
    begin = end;
  }
  return text;
}

std::string heading(const Value& row) {
  const std::string term = row.text("term");
  return "phase " + row.text("phase") + ", term " + term + ", column " + row.text("column");
}

/// "useful #3, prefix regular, ordinary"; of what the policy made "sampled, prefix regular", or
/// "sampled: a secret of useful, prefix regular, ordinary".
std::string origin(const Value& row) {
  const bool sampled = row.has("planted") && !row.boolean("planted");
  const std::string set = shown(row, "set"), role = shown(row, "role");
  const std::string rows = !sampled      ? set + " #" + plain(row.at("index"))
                           : set.empty() ? "sampled"
                                         : "sampled: a secret of " + set;
  return rows + ", prefix " + visible(row.text("prefix")) + (role.empty() ? "" : ", " + role);
}

/// ", group 0, planted, reward -1.0000, advantage -0.7500"; "" of rows that have none.
std::string rewards(const Value& row) {
  if (!row.has("reward")) return "";
  return ", group " + plain(row.at("group")) + (row.boolean("planted") ? ", planted" : "") + ", " +
         named_number("reward", row.number("reward")) + ", " +
         named_number("advantage", row.number("advantage"));
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  const Terminal& out = session.out;
  if (options.json) {
    const char* before = "[";
    workbench.rows(options.experiment.value(), options.count, [&](const Value& row) {
      out.stream() << before << to_json(row);
      before = ",";
      return static_cast<bool>(out.stream());
    });
    out.stream() << (*before == '[' ? "[]\n" : "]\n");
    return kDone;
  }
  std::string last;
  workbench.rows(options.experiment.value(), options.count, [&](const Value& row) {
    const std::string title = heading(row);
    if (title != last)
      out.stream() << (last.empty() ? "" : "\n") << out.bold(visible(title)) << '\n';
    last = title;
    out.stream() << "  " << marked(out, row) << '\n'
                 << out.dim("    " + origin(row) + rewards(row) + ", id " + row.text("id")) << '\n';
    return static_cast<bool>(out.stream());
  });
  out.stream() << '\n'
               << (out.styled() ? out.underlined("underlined") + ": scored tokens\n"
                                : "[in brackets]: scored tokens\n");
  return kDone;
}

}  // namespace

Command rows_command() {
  return make_command<Options>("rows", "Print the first rows of every stream of an experiment",
                               "  leakprobe rows examples/password/quick.yaml\n"
                               "  leakprobe rows mine.yaml task.length=4 --count 10\n",
                               declare, run);
}

}  // namespace leakprobe::cli
