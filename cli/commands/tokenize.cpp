#include <iostream>

#include "commands.h"
#include "failures.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string source;
  bool decode = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required("MODEL", options.source, "A model as 'score' takes it, or a tokenizer.json");
  arguments.flag("--decode", options.decode, "From arrays of ids to strings");
}

/// What a line stands for. Throws UsageError where it cannot be meant.
Value converted(const std::function<Value(const Value&)>& convert, const std::string& line,
                const std::string& place) {
  std::string where;
  try {
    const Value value = host::parse_json(line, place);
    where = place + ": ";
    return convert(value);
  } catch (const Error& error) {
    throw host::UsageError(where + error.what());
  }
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  const auto convert = workbench.tokenizer(options.source, options.decode);
  std::string line;
  for (int64_t number = 1; std::getline(std::cin, line); ++number) {
    const std::string place = "standard input, line " + std::to_string(number);
    session.out.stream() << to_json(converted(convert, line, place)) << '\n';
  }
  if (std::cin.bad()) throw Error("standard input could not be read");
  return kDone;
}

}  // namespace

Command tokenize_command() {
  return make_command<Options>(
      "tokenize", "Turn JSON strings on standard input into arrays of token ids, line by line",
      "  echo '\" a b c\"' | leakprobe tokenize EleutherAI/pythia-160m\n"
      "  echo '[247, 270]' | leakprobe tokenize tokenizer.json --decode\n",
      declare, run);
}

}  // namespace leakprobe::cli
