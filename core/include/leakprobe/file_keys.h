#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// What an architecture makes of each key of a model's file, config.json or GGUF metadata: which
/// keys give its options, which would change values in a way that it does not cover, which change
/// nothing. It is data, so that a key which nobody thought of gives a warning and is never dropped
/// in silence.
///
/// Keys may be nested ("rope_parameters.rope_theta"). A trailing * stands for all keys that begin
/// so and have no rule of their own; a later rule for a key replaces an earlier one. null counts as
/// absent. A setting that a file gives once a layer is read where all layers have the same.
class FileKeys {
 public:
  /// Holds the rules for what every Hugging Face config.json may say already.
  static FileKeys config();
  /// Holds the rules for what every GGUF file may say already.
  static FileKeys gguf();

  /// `option` comes from the first of `keys` that is there (by default the key of its name); it is
  /// an Error where none is.
  FileKeys& required(const std::string& option, std::vector<std::string> keys = {});
  /// The same, and `fallback` where none is there; null stands for the option's default.
  FileKeys& optional(const std::string& option, std::vector<std::string> keys = {},
                     Value fallback = {});
  /// The integers that files give these options are at least 1, where an experiment's may be 0 to
  /// stand for something: a file leaves out what it does not say. Each has its keys already.
  FileKeys& positive(const std::vector<std::string>& options);
  /// `option` is true where the file holds a tensor with one of these names or endings.
  FileKeys& if_present(const std::string& option, std::vector<std::string> tensors);
  /// `option` is true where it holds none.
  FileKeys& if_absent(const std::string& option, std::vector<std::string> tensors);
  /// Settings whose other values change what the model computes: an Error unless it is one of
  /// `covered`. `why` completes "... is not covered: ", and may be empty; `remedy` says what to do
  /// other than to take a model without the setting.
  FileKeys& only(const std::vector<std::string>& keys, Value::List covered,
                 const std::string& why = "", const std::string& remedy = "");
  /// The same for what depends on the options, of type Options: an Error unless `holds(value,
  /// options)`; `phrase` completes "... is not covered; only ".
  template <class Options, class Holds>
  FileKeys& only_where(const std::vector<std::string>& keys, Holds holds,
                       const std::string& phrase) {
    return only_if(
        keys,
        [holds](const Value& value, const void* options) {
          return holds(value, *static_cast<const Options*>(options));
        },
        phrase);
  }
  /// Settings that act in training alone and that leakprobe does not apply: a warning unless it is
  /// one of `harmless`. Checkpoints keep them. `why` completes "... is not applied: ".
  FileKeys& training(const std::vector<std::string>& keys, const Value::List& harmless,
                     const std::string& why);
  /// Keys that change no value of the model.
  FileKeys& ignored(const std::vector<std::string>& keys);

  /// How one option is found.
  struct Option {
    std::string name = {};
    std::vector<std::string> keys = {};
    bool needed = false;
    Value fallback = {};
    std::vector<std::string> tensors = {};  ///< where these decide, instead of keys
    bool present = true;                    ///< what their presence makes of it
    bool positive = false;                  ///< whether integers are at least 1
  };
  /// What is known of a key.
  struct Rule {
    enum class Use { read, covered, training, ignored };
    Use use = Use::ignored;
    Value::List values = {};  ///< covered or harmless ones
    std::function<bool(const Value&, const void* options)> holds = {};  ///< instead of `values`
    std::string words = {};
    std::string remedy = {};
  };
  const std::vector<Option>& options() const { return options_; }
  const std::map<std::string, Rule>& rules() const { return rules_; }
  /// The rule for a key, nullptr where there is none.
  const Rule* find(const std::string& key) const;

 private:
  FileKeys& only_if(const std::vector<std::string>& keys,
                    std::function<bool(const Value&, const void*)> holds,
                    const std::string& phrase);
  FileKeys& add(Option option);
  FileKeys& add(const std::vector<std::string>& keys, const Rule& rule);

  std::vector<Option> options_;
  std::map<std::string, Rule> rules_;
};

/// What a model's file gives.
struct FileOptions {
  std::shared_ptr<const void> options;
  Value kept = Value::map();              ///< settings of training, for checkpoints
  std::map<std::string, int64_t> layers;  ///< by key: for how many layers a setting was given
  std::vector<std::string> warnings;
};

/// Reads the keys of `file` (its path is `source`) into the options that `parameters` declares,
/// with their ranges and relations. `tensors` are the names of those that the file holds. Throws
/// Error "<source>: <key>: <what is wrong>; <what to do>", with the first mistakes.
FileOptions read_options(const FileKeys& keys, const Parameters& parameters, const Value& file,
                         const std::string& source, const std::set<std::string>& tensors = {});

}  // namespace leakprobe
