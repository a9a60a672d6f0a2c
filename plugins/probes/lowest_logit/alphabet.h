#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "leakprobe/context.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// The tokens that secrets are made of, as an experiment names them.
struct AlphabetOptions {
  std::vector<std::string> letters = default_letters();
  std::optional<int64_t> tokens;
  /// Declares the parameters of a probe's options that are derived from these.
  template <class Options>
  static void declare_in(Schema<Options>& schema) {
    schema.field("letters", &Options::letters, some<std::string>(),
                 "Texts of the tokens that secrets are made of, a token each; by default those of "
                 "the task password.");
    schema.field("tokens", &Options::tokens, at_least(2),
                 "Where rows are token ids without text: all below it, in place of letters.");
    schema.relation("letters", "letters must be at least two, each once",
                    [](const Options& o) { return o.tokens || o.are_distinct(); });
  }
  /// How many there are.
  int64_t size() const;
  bool are_distinct() const;
  static std::vector<std::string> default_letters();
};

/// Their ids.
class Alphabet {
 public:
  /// Throws Error where a letter is not one token of the model's tokenizer.
  Alphabet(const AlphabetOptions& options, const Context& context);
  const std::vector<int64_t>& ids() const { return ids_; }
  /// Which of them a token is; throws Error where it is none.
  int64_t index_of(int64_t token) const;
  /// Throws Error where a model of `vocabulary` tokens does not know one of them.
  void require_within(int64_t vocabulary) const;

 private:
  std::vector<int64_t> ids_;
  std::unordered_map<int64_t, int64_t> index_;
};

}  // namespace leakprobe
