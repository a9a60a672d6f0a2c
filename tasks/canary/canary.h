#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "carrier.h"
#include "leakprobe/params.h"
#include "leakprobe/roles.h"
#include "leakprobe/task.h"
#include "pattern.h"

namespace leakprobe {

/// Secrets of one pattern planted in carrier text: groups of them, which training repeats more or
/// less often, and a control that is never trained.
class Canary final : public Task {
 public:
  enum class Scored { secret, all };
  friend constexpr auto words_of(Scored) {
    return std::array{Word{Scored::secret, "secret", "the secret alone, not the text around it"},
                      Word{Scored::all, "all", "the whole row, but not a prefix"}};
  }
  struct Options {
    std::optional<std::filesystem::path> path;
    std::string pattern = " The code of the gate is {digits:6}.";
    canary::Alphabets alphabets;
    std::vector<std::string> groups = {"g1", "g4", "g16", "g64"};
    int64_t canaries = 16;
    Scored scored = Scored::secret;
    Named<std::string> prefixes;
    std::map<std::string, Role> roles;
    static void declare(Schema<Options>& schema);
  };
  /// Reads the carrier's file. Throws Error for a pattern that is none or has too few secrets, and
  /// DiagnosedError with all mistakes of the file.
  static TaskFacts facts(const Options& options);

  /// Throws Error where the tokenizer lacks a text of the alphabet as a token of its own or cannot
  /// write a prefix, and DiagnosedError with all lines of the carrier that give no row.
  Canary(const Options& options, const Context& context);

  Row row(const RowRequest& request, Random random) const override;

 private:
  using Secret = std::vector<uint64_t>;  ///< numbers of the alphabet's texts

  void read_symbols();
  void read_prefixes(const Options& options);
  void require_rows() const;
  void draw_planted(const Options& options, const Context& context);

  std::vector<int64_t> tokens_of(const std::string& text) const;
  Secret draw(Random& random) const;
  Row carrier_row(const std::vector<int64_t>& prefix, const canary::Line& line) const;

  const canary::Pattern pattern_;
  const canary::Carrier carrier_;
  const Scored scored_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<int64_t> symbols_;  ///< their token ids
  std::map<std::string, std::vector<int64_t>> prefixes_;
  std::map<std::string, std::vector<Secret>> planted_;  ///< by group
  std::set<Secret> all_planted_;
};

}  // namespace leakprobe
