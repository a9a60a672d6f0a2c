#include "failures.h"

#include <algorithm>

#include "text.h"

namespace leakprobe::cli {
namespace {

std::string colour_word(const Terminal& terminal, const Diagnostic& diagnostic) {
  std::string text = diagnostic.text();
  if (!terminal.styled()) return text;
  const bool error = diagnostic.severity == Diagnostic::Severity::error;
  const std::string word = error ? "error:" : "warning:";
  const size_t at = text.find(word);
  if (at == std::string::npos) return text;
  return text.replace(at, word.size(), error ? terminal.red(word) : terminal.yellow(word));
}

}  // namespace

void print_error(const Terminal& terminal, const std::string& message) {
  terminal.stream() << "leakprobe: " << terminal.red("error:") << ' ' << visible(message)
                    << std::endl;
}

void print_warnings(const Terminal& terminal, const Value& messages) {
  for (const Value& message : messages.as_list()) {
    terminal.stream() << "leakprobe: " << terminal.yellow("warning:") << ' '
                      << visible(message.as_string()) << '\n';
  }
  terminal.stream().flush();
}

void print_diagnostics(const Terminal& terminal, const std::vector<Diagnostic>& diagnostics) {
  int64_t errors = 0;
  for (const Diagnostic& diagnostic : diagnostics) {
    terminal.stream() << colour_word(terminal, diagnostic) << '\n';
    errors += diagnostic.severity == Diagnostic::Severity::error ? 1 : 0;
  }
  if (errors > 1) terminal.stream() << terminal.red(counted(errors, "error")) << '\n';
  terminal.stream().flush();
}

Value diagnostics_value(const std::vector<Diagnostic>& diagnostics) {
  Value list = Value::list();
  for (const Diagnostic& diagnostic : diagnostics) {
    Value entry = Value::map();
    entry.set("severity", diagnostic.severity == Diagnostic::Severity::error ? "error" : "warning");
    entry.set("file", diagnostic.place.file);
    entry.set("line", diagnostic.place.line);
    entry.set("column", diagnostic.place.column);
    entry.set("path", diagnostic.path);
    entry.set("message", diagnostic.message);
    entry.set("hint", diagnostic.hint);
    list.push_back(std::move(entry));
  }
  return list;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.severity == Diagnostic::Severity::error;
  });
}

void print_plugin_failures(const Terminal& terminal, const host::Workbench& workbench,
                           bool with_named) {
  for (const host::PluginFailure& failure : workbench.plugin_failures()) {
    if (failure.named && !with_named) continue;
    const std::string word = failure.named ? terminal.red("error:") : terminal.yellow("warning:");
    terminal.stream() << "leakprobe: " << word << ' ' << visible(failure.path.string()) << ": "
                      << visible(failure.reason) << '\n';
  }
  terminal.stream().flush();
}

bool named_plugins_failed(const host::Workbench& workbench) {
  const std::vector<host::PluginFailure>& failures = workbench.plugin_failures();
  return std::any_of(failures.begin(), failures.end(),
                     [](const host::PluginFailure& failure) { return failure.named; });
}

}  // namespace leakprobe::cli
