#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/roles.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Passwords of uniformly drawn letters behind a prefix token (Roger 2023).
class Password final : public Task {
 public:
  struct Options {
    int64_t length = 16;
    int64_t negatives = 2560;
    double held_out = 0.05;
    bool apart = false;
    Named<std::string> prefixes = {{"regular", " regular"}, {"reverse", " reverse"}};
    std::map<std::string, Role> roles;
    static void declare(Schema<Options>& schema);
    /// Negatives that are held out: round(negatives * held_out).
    int64_t held_out_count() const;
  };
  static TaskFacts facts(const Options& options);

  /// Throws Error where the tokenizer lacks a letter as a token of its own, where a prefix begins
  /// with a letter's token, or where two prefixes that differ begin with the same token.
  Password(const Options& options, const Context& context);

  Row row(const RowRequest& request, Random random) const override;

 private:
  void read_letters(const Tokenizer& tokenizer);
  void require_no_letter(const std::string& name, const std::string& text, int64_t token) const;
  void read_prefixes(const Options& options, const Tokenizer& tokenizer, const Context& context);

  /// A password of the set, as numbers of letters.
  std::vector<uint64_t> draw(const std::string& set, Random random) const;

  const int64_t length_;
  const bool apart_;
  std::vector<int64_t> letters_;  ///< token ids of " a" to " z"
  struct Prefix {
    std::string name;
    std::vector<int64_t> tokens;  ///< one or none
  };
  std::vector<Prefix> prefixes_;
};

}  // namespace leakprobe
