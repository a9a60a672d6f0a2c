#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "leakprobe/kind.h"
#include "leakprobe/tokenizer.h"
#include "leakprobe/value.h"
#include "leakprobe/words.h"

/// The laws that hold for every plugin of a kind, ours and others'. `leakprobe verify` asks them,
/// and so do tests (leakprobe/kit/laws.h).
namespace leakprobe::kit {

/// Something that the contract of a kind asks of its plugins.
struct Law {
  std::string name;      ///< "adds_up"
  std::string contract;  ///< what holds, in one sentence
  std::string header;    ///< which says so: "leakprobe/objective.h"
};

/// The laws of a kind: those of every kind, then its own.
std::vector<Law> laws_of(Kind kind);

/// What became of one law of one plugin.
struct Verdict {
  enum class Outcome { holds, broken, not_asked };
  friend constexpr auto words_of(Outcome) {
    return std::array{Word{Outcome::holds, "holds", "nothing was seen that is against it"},
                      Word{Outcome::broken, "broken", "something was"},
                      Word{Outcome::not_asked, "not_asked", "it says nothing of this plugin"}};
  }
  Kind kind{};
  std::string name;     ///< of the plugin: "acme.npo"
  std::string options;  ///< the example that it was made with; "" = its defaults
  Law law;
  Outcome outcome = Outcome::holds;
  /// What was seen against the law; why it was not asked.
  std::vector<std::string> reasons = {};

  std::string plugin() const;  ///< "objective/acme.npo"
};

/// What to try out, and what the plugins need for it.
struct Conformance {
  std::filesystem::path library;
  /// Libraries, or folders of them, with plugins that examples name, besides those of this
  /// installation.
  std::vector<std::filesystem::path> beside = {};
  /// Options by "kind/name", in place of the plugin's own examples: a mapping of an experiment file
  /// without `type`.
  std::map<std::string, Value> options = {};
  /// What tasks and rewards that need a tokenizer get; by default one with the tokens of the task's
  /// vocabulary, and where that is empty, and of rewards, one whose tokens are the characters of
  /// ASCII.
  std::shared_ptr<const Tokenizer> tokenizer = nullptr;
};

/// Asks every law of every plugin in the library, once for each of its examples (plugin.h). A
/// plugin is asked in a process of its own, a copy of this one, so that one that ends it, by a
/// fault of the machine or an exception where none may be, breaks a law and no more.
///
/// Throws Error where the library cannot be loaded.
std::vector<Verdict> verify(const Conformance& conformance);

/// What was seen against laws, a sentence each, such as "objective/dpo: finite: the gradient of
/// column chosen is not finite"; empty = the library conforms. Throws Error as `verify` does.
std::vector<std::string> conformance_failures(const Conformance& conformance);

}  // namespace leakprobe::kit
