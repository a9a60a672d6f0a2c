#include "commands.h"
#include "failures.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string model;
  std::string rows;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required("MODEL", options.model,
                     "A Hugging Face folder, a .safetensors or .gguf file, or owner/name in the "
                     "local Hugging Face cache; or a run's folder, whose last checkpoint is meant");
  arguments.option("--rows", "FILE[:TENSOR]", options.rows, true,
                   "A safetensors file of token ids, [rows, tokens] or [steps, batch, tokens]");
}

/// "file.safetensors:tensor" in its parts. A file whose own name holds a colon wins.
std::pair<std::filesystem::path, std::string> split_rows(const std::string& text) {
  const size_t colon = text.rfind(':');
  std::error_code ignored;
  if (colon == std::string::npos || std::filesystem::exists(text, ignored)) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

ExitStatus run(const Session& session, const Options& options) {
  const auto [file, tensor] = split_rows(options.rows);
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  std::vector<std::string> warnings;
  const Value scores = workbench.score(options.model, file, tensor, warnings);
  print_warnings(session.err, Value::List(warnings.begin(), warnings.end()));
  for (const Value& row : scores.as_list()) session.out.stream() << to_json(row) << '\n';
  return kDone;
}

}  // namespace

Command score_command() {
  return make_command<Options>(
      "score", "Print the log-probability of each token of given rows, in nats",
      "  leakprobe score EleutherAI/pythia-160m --rows rows.safetensors\n"
      "  leakprobe score runs/mine/checkpoints/elicit --rows rows.safetensors:held_out\n"
      "  One JSON array a line, for each row: the log-probability of each token after the first.\n",
      declare, run);
}

}  // namespace leakprobe::cli
