#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>
#include <iostream>

#include "commands.h"
#include "completion.h"
#include "failures.h"
#include "signals.h"
#include "text.h"

// The only file that includes CLI11, which takes long to compile.
namespace leakprobe::cli {
namespace {

/// What is wrong with an argument that a script left empty; "" where nothing is.
std::string not_empty(const std::string& argument) {
  return argument.empty() ? "is empty; give a value" : "";
}

class Cli11Arguments final : public Arguments {
 public:
  explicit Cli11Arguments(CLI::App& app) : app_(app) {}

  void required(const std::string& name, std::string& value, const std::string& doc) override {
    app_.add_option(name, value, doc)->required()->type_name("")->check(not_empty);
  }

  void optional(const std::string& name, std::string& value, const std::string& doc) override {
    app_.add_option(name, value, doc)->type_name("")->check(not_empty);
  }

  void rest(const std::string& name, std::vector<std::string>& values, bool at_least_one,
            const std::string& doc) override {
    app_.add_option(name, values, doc)->required(at_least_one)->type_name("")->check(not_empty);
  }

  void flag(const std::string& name, bool& value, const std::string& doc) override {
    // Without a check CLI11 takes --flag=false and the like.
    app_.add_flag(name, value, doc)->disable_flag_override();
  }

  void option(const std::string& name, const std::string& what, std::string& value,
              bool must_be_given, const std::string& doc) override {
    app_.add_option(name, value, doc)->required(must_be_given)->type_name(what)->check(not_empty);
  }

  void option(const std::string& name, const std::string& what, std::vector<std::string>& values,
              const std::string& doc) override {
    app_.add_option(name, values, doc)
        ->type_name(what)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false)
        ->check(not_empty);
  }

  void option(const std::string& name, std::optional<int64_t>& value, int64_t minimum,
              const std::string& doc) override {
    number_option(
        name, "N", value, [minimum](int64_t number) { return number >= minimum; },
        "an integer of at least " + std::to_string(minimum), doc);
  }

  void option(const std::string& name, std::optional<double>& value,
              const std::string& doc) override {
    number_option(
        name, "X", value, [](double number) { return std::isfinite(number); }, "a number", doc);
  }

 private:
  template <class Number, class Holds>
  void number_option(const std::string& name, const std::string& what, std::optional<Number>& value,
                     Holds holds, const std::string& phrase, const std::string& doc) {
    const auto read = [=, &value](const std::string& text) {
      Number number = 0;
      const char* end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data(), end, number);
      if (error != std::errc() || stop != end || !holds(number)) {
        const bool fits = error != std::errc::result_out_of_range;
        throw CLI::ValidationError(name, "must be " + phrase + (fits ? "" : " that 64 bits hold") +
                                             ", found " + in_quotes(text));
      }
      value = number;
    };
    app_.add_option_function<std::string>(name, read, doc)->type_name(what);
  }

  CLI::App& app_;
};

std::vector<Command> all_commands() {
  return {run_command(),        sweep_command(),    watch_command(),   report_command(),
          compare_command(),    validate_command(), resolve_command(), rows_command(),
          list_command(),       show_command(),     schema_command(),  reference_command(),
          examples_command(),   copy_command(),     score_command(),   tokenize_command(),
          audit_command(),      new_command(),      verify_command(),  doctor_command(),
          completion_command(), version_command()};
}

/// Help in columns that fit our names.
class Formatter final : public CLI::Formatter {
 public:
  Formatter() { column_width(26); }
  // CLI11 prints "TEXT REQUIRED ..." behind each option's name; the names say it already.
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0 || option->get_type_name().empty()) return "";
    return " " + option->get_type_name();
  }
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = "usage: " + name;
    for (const CLI::Option* option : app->get_options({})) {
      if (option->get_positional() && option->get_required()) {
        usage += " " + option->get_name(true) + (option->get_items_expected_max() > 1 ? "..." : "");
      }
    }
    for (const CLI::Option* option : app->get_options({})) {
      if (option->get_positional() && !option->get_required()) {
        usage += " [" + option->get_name(true) + "]" +
                 (option->get_items_expected_max() > 1 ? "..." : "");
      }
    }
    if (!app->get_subcommands({}).empty()) return usage + " COMMAND ...\n";
    return usage + " [options]\n";
  }
};

/// The name that the user may have meant by an argument that nothing takes.
std::string suggestion(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* place = &app; place != nullptr; place = place->get_parent()) {
    for (const CLI::Option* option : place->get_options({})) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    if (place == &app) {
      for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
    }
  }
  return nearest(word.substr(0, word.find('=')), known);
}

/// One sentence for a command line that could not be parsed.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& place = chosen.empty() ? app : *chosen.front();
  const std::string help = chosen.empty() ? "leakprobe --help" : place.get_name() + " --help";
  const std::vector<std::string> unknown = app.remaining(true);
  if (chosen.empty() && unknown.empty()) return "no command given; see 'leakprobe --help'";
  if (!unknown.empty()) {
    const std::string& word = unknown.front();
    const bool option = word.starts_with("-");
    std::string sentence = option           ? "unknown option " + in_quotes(word)
                           : chosen.empty() ? "unknown command " + in_quotes(word)
                                            : "one argument too many: " + in_quotes(word);
    const std::string meant = suggestion(place, word);
    if (!meant.empty() && meant != word) return sentence + "; did you mean '" + meant + "'?";
    return sentence + "; see '" + (chosen.empty() ? help : "leakprobe " + help) + "'";
  }
  return std::string(error.what()) + "; see 'leakprobe " + help + "'";
}

/// `leakprobe help [COMMAND]`. `whole` is the program's own help, which CLI11 does not give once a
/// command is parsed.
int print_help(const CLI::App& app, const std::string& whole, const std::string& topic,
               const Session& session) {
  if (topic.empty()) {
    session.out.stream() << whole;
  } else {
    std::vector<std::string> names;
    const CLI::App* asked = nullptr;
    for (const CLI::App* command : app.get_subcommands({})) {
      names.push_back(command->get_name());
      if (command->get_name() == topic) asked = command;
    }
    if (asked == nullptr) {
      print_error(session.err,
                  "unknown command '" + visible(topic) + "'; " + suggest(topic, names, "commands"));
      return kBadUsage;
    }
    session.out.stream() << asked->help("leakprobe");
  }
  return session.out.stream().flush() ? kDone : kFailed;
}

/// Runs the command; what it throws becomes a message.
int run_guarded(const Command& command, const Session& session) {
  try {
    int status = command.run(session);
    session.out.stream().flush();
    if (!session.out.stream()) {
      // The text of errno is gone by now: iostreams do not keep it.
      print_error(session.err,
                  "standard output could not be written; is it closed, or the disk full?");
      status = kFailed;
    }
    return status;
  } catch (const host::InvalidExperiment& error) {
    print_diagnostics(session.err, error.diagnostics());
    return kBadUsage;
  } catch (const host::UsageError& error) {
    print_error(session.err, error.what());
    return kBadUsage;
  } catch (...) {
    print_error(session.err, host::failure_sentence(std::current_exception()));
  }
  session.out.stream().flush();
  return kFailed;
}

/// `leakprobe complete -- WORDS...`, one candidate a line. Its words are those of any command line,
/// so that CLI11 does not see them.
Command complete_command(const std::vector<Command>& commands, std::vector<std::string> words) {
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  const auto run = [&commands, words = std::move(words)](const Session& session) {
    for (const std::string& word : completions(commands, words, session)) {
      session.out.stream() << visible(word) << '\n';
    }
    return kDone;
  };
  return {kCompleteCommand, "", "", {}, run};
}

}  // namespace

int run_program(int argc, char** argv) {
  hear_of_file_limits_by_errors();
  name_shortened_files();
  Session session{{}, Terminal::standard_output(), Terminal::standard_error()};
  std::error_code unknown;
  session.settings.program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const std::vector<Command> commands = all_commands();
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (!words.empty() && words.front() == kCompleteCommand) {
    return run_guarded(complete_command(commands, {words.begin() + 1, words.end()}), session);
  }

  CLI::App app(
      "Measures whether text that training only pushed down can leak: an experiment is a "
      "YAML file, everything in it a plugin.",
      "leakprobe");
  app.formatter(std::make_shared<Formatter>());
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Print this help");
  std::vector<std::string> plugin_paths;
  app.add_option("--plugin-path", plugin_paths,
                 "A plugin library, or a folder of them, to search first (repeatable)")
      ->type_name("PATH")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false)
      ->check(not_empty);
  app.set_version_flag("--version", std::string("leakprobe ") + host::version(),
                       "Print the program's version");
  app.footer(
      "exit status: 0 done, 1 failed, 2 wrong usage or experiment, 3 finished but INVALID,\n"
      "             75 interrupted, can be gone on with\n"
      "'leakprobe help COMMAND' explains a command, 'leakprobe show KEY' a key of an experiment;\n"
      "NO_COLOR=1 switches colours off.");

  const Command* chosen = nullptr;
  for (const Command& command : commands) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->set_help_flag("-h,--help", "Print this help");
    sub->fallthrough();
    sub->footer("examples:\n" + command.examples);
    Cli11Arguments arguments(*sub);
    command.declare(arguments);
    sub->callback([&chosen, &command] { chosen = &command; });
  }
  std::string topic;
  CLI::App* help = app.add_subcommand("help", "Explain the program, or one command");
  help->set_help_flag("-h,--help", "Print this help");
  help->add_option("COMMAND", topic, "The command; none: the program")->type_name("");
  help->footer("examples:\n  leakprobe help\n  leakprobe help run\n");
  const std::string whole = app.help();
  if (words.empty()) {
    // Help, but no success: a script whose command got lost finds its output empty.
    session.err.stream() << whole << std::flush;
    return kBadUsage;
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto places = app.get_subcommands();
    std::cout << (places.empty() ? app.help() : places.front()->help("leakprobe"));
    return std::cout.flush() ? kDone : kFailed;
  } catch (const CLI::CallForVersion& version) {
    std::cout << version.what() << '\n';
    return std::cout.flush() ? kDone : kFailed;
  } catch (const CLI::ParseError& error) {
    print_error(session.err, explain(app, error));
    return kBadUsage;
  }
  if (help->parsed()) return print_help(app, whole, topic, session);
  session.settings.warn = [&session](const std::string& sentence) {
    print_warnings(session.err, Value(Value::List{sentence}));
  };
  session.settings.plugin_paths.assign(plugin_paths.begin(), plugin_paths.end());
  return run_guarded(*chosen, session);
}

}  // namespace leakprobe::cli
