#include "completion.h"

#include <algorithm>
#include <utility>

#include "leakprobe/host/examples.h"
#include "reference_pages.h"

namespace leakprobe::cli {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kHelp = "help";
constexpr const char* kPluginPath = "--plugin-path";

/// What a command declares, by name.
class Declared final : public Arguments {
 public:
  explicit Declared(const Command& command) { command.declare(*this); }

  /// What the argument `index` without a dash is called; "" where there is none.
  std::string positional(size_t index) const {
    if (index < positionals_.size()) return positionals_[index];
    return has_rest_ ? positionals_.back() : "";
  }
  Words options() const {
    Words names;
    for (const auto& [name, has_value] : options_) names.push_back(name);
    return names;
  }
  bool takes_value(const std::string& name) const {
    return std::find(options_.begin(), options_.end(), std::pair(name, true)) != options_.end();
  }

  void required(const std::string& name, std::string&, const std::string&) override {
    positionals_.push_back(name);
  }
  void optional(const std::string& name, std::string&, const std::string&) override {
    positionals_.push_back(name);
  }
  void rest(const std::string& name, Words&, bool, const std::string&) override {
    positionals_.push_back(name);
    has_rest_ = true;
  }
  void flag(const std::string& name, bool&, const std::string&) override {
    options_.emplace_back(name, false);
  }
  void option(const std::string& name, const std::string&, std::string&, bool,
              const std::string&) override {
    options_.emplace_back(name, true);
  }
  void option(const std::string& name, const std::string&, Words&, const std::string&) override {
    options_.emplace_back(name, true);
  }
  void option(const std::string& name, std::optional<int64_t>&, int64_t,
              const std::string&) override {
    options_.emplace_back(name, true);
  }
  void option(const std::string& name, std::optional<double>&, const std::string&) override {
    options_.emplace_back(name, true);
  }

 private:
  Words positionals_;
  bool has_rest_ = false;
  std::vector<std::pair<std::string, bool>> options_;
};

/// A command line up to the word that is typed.
struct Typed {
  std::string command;
  Words arguments;  ///< of the command, without a dash
  std::string word;
  bool is_value = false;    ///< the word is the value of an option
  bool only_words = false;  ///< behind "--"
};

Words command_names(const std::vector<Command>& commands) {
  Words names;
  for (const Command& command : commands) names.push_back(command.name);
  names.push_back(kHelp);
  return names;
}

const Command* find_command(const std::vector<Command>& commands, const std::string& name) {
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

/// `settings` gets the libraries that the line names.
Typed read_line(const std::vector<Command>& commands, const Words& words,
                host::Settings& settings) {
  Typed typed;
  std::string option;  // whose value comes next
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (!option.empty()) {
      if (option == kPluginPath) settings.plugin_paths.emplace_back(word);
      option.clear();
    } else if (word == "--") {
      typed.only_words = true;
    } else if (!typed.only_words && word.size() > 1 && word.starts_with("-")) {
      const Command* command = find_command(commands, typed.command);
      const bool takes_value = command != nullptr && Declared(*command).takes_value(word);
      if (takes_value || word == kPluginPath) option = word;
    } else if (typed.command.empty()) {
      typed.command = word;
    } else {
      typed.arguments.push_back(word);
    }
  }
  if (!words.empty()) typed.word = words.back();
  typed.is_value = !option.empty();
  return typed;
}

Words kind_names() { return Words(kKindNames.begin(), kKindNames.end()); }

Words pages() {
  Words names;
  for (const std::string& page : reference_pages()) names.push_back(page);
  return names;
}

Words example_names() {
  Words names;
  for (const host::Example& example : host::examples()) names.push_back(example.name);
  return names;
}

Words beginning_with(const std::string& word, Words names) {
  std::erase_if(names, [&](const std::string& name) { return !name.starts_with(word); });
  return names;
}

/// What `leakprobe show` explains: plugins, by their names alone where nothing else begins so, and
/// keys.
Words explained(const Session& session, const std::string& word) {
  const host::Workbench workbench(session.settings);
  Words names = {"keys"}, bare;
  const Value plugins = workbench.list(std::nullopt);
  for (const Value& plugin : plugins.as_list()) {
    names.push_back(plugin.text("kind") + "/" + plugin.text("name"));
    bare.push_back(plugin.text("name"));
  }
  if (word.find('=') == std::string::npos) {
    for (std::string& key : workbench.complete_override({}, word)) {
      key.pop_back();  // what would come next
      names.push_back(std::move(key));
    }
  }
  names = beginning_with(word, std::move(names));
  return names.empty() ? beginning_with(word, std::move(bare)) : names;
}

Words overrides(const Session& session, const Typed& typed) {
  const host::Workbench workbench(session.settings);
  return workbench.complete_override(typed.arguments.front(), typed.word);
}

/// What belongs to an argument by what its command calls it.
Words words_for(const std::string& name, const Typed& typed, const Session& session) {
  if (name == "KIND") return kind_names();
  if (name == "PAGE") return pages();
  if (name == "EXAMPLE") return example_names();
  if (name == "SHELL") return shells();
  if (name == "NAME" && typed.command == "show") return explained(session, typed.word);
  // Where files are followed by what is changed in them, the first is a file.
  if (name.find("key=value") != std::string::npos && !typed.arguments.empty()) {
    return overrides(session, typed);
  }
  return {};
}

Words options_of(const Command* command) {
  Words names;
  if (command != nullptr) names = Declared(*command).options();
  names.insert(names.end(), {kPluginPath, "--help"});
  if (command == nullptr) names.push_back("--version");
  return names;
}

Words candidates(const std::vector<Command>& commands, const Typed& typed, const Session& session) {
  const Command* command = find_command(commands, typed.command);
  if (typed.is_value) return {};
  if (!typed.only_words && typed.word.starts_with("-")) return options_of(command);
  if (typed.command.empty() || (typed.command == kHelp && typed.arguments.empty())) {
    return command_names(commands);
  }
  if (command == nullptr) return {};
  return words_for(Declared(*command).positional(typed.arguments.size()), typed, session);
}

}  // namespace

std::vector<std::string> completions(const std::vector<Command>& commands,
                                     const std::vector<std::string>& words,
                                     const Session& session) {
  Session own = session;
  const Typed typed = read_line(commands, words, own.settings);
  return beginning_with(typed.word, candidates(commands, typed, own));
}

}  // namespace leakprobe::cli
