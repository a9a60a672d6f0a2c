#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exit_status.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"
#include "terminal.h"

namespace leakprobe::cli {

/// What every command is given.
struct Session {
  host::Settings settings;
  Terminal out;  ///< standard output: results only
  Terminal err;  ///< standard error: diagnostics
};

/// Takes a command's declaration of its arguments; what is bound here is filled in by parsing.
/// `doc` is one sentence without a full stop.
class Arguments {
 public:
  virtual ~Arguments() = default;
  virtual void required(const std::string& name, std::string& value, const std::string& doc) = 0;
  virtual void optional(const std::string& name, std::string& value, const std::string& doc) = 0;
  /// All further arguments without a dash.
  virtual void rest(const std::string& name, std::vector<std::string>& values, bool at_least_one,
                    const std::string& doc) = 0;
  virtual void flag(const std::string& name, bool& value, const std::string& doc) = 0;
  virtual void option(const std::string& name, const std::string& what, std::string& value,
                      bool must_be_given, const std::string& doc) = 0;
  /// One that may be given several times.
  virtual void option(const std::string& name, const std::string& what,
                      std::vector<std::string>& values, const std::string& doc) = 0;
  /// A decimal integer of at least `minimum`.
  virtual void option(const std::string& name, std::optional<int64_t>& value, int64_t minimum,
                      const std::string& doc) = 0;
  /// A finite number.
  virtual void option(const std::string& name, std::optional<double>& value,
                      const std::string& doc) = 0;
};

/// One subcommand.
struct Command {
  std::string name;
  std::string summary;   ///< one line
  std::string examples;  ///< shown below the help text
  std::function<void(Arguments&)> declare;
  std::function<ExitStatus(const Session&)> run;
};

/// A command whose arguments are the members of `Options`.
template <class Options>
Command make_command(std::string name, std::string summary, std::string examples,
                     void (*declare)(Arguments&, Options&),
                     ExitStatus (*run)(const Session&, const Options&)) {
  auto options = std::make_shared<Options>();
  return {std::move(name), std::move(summary), std::move(examples),
          [=](Arguments& arguments) { declare(arguments, *options); },
          [=](const Session& session) { return run(session, *options); }};
}

}  // namespace leakprobe::cli
