#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "corpus.h"
#include "leakprobe/params.h"
#include "leakprobe/roles.h"
#include "leakprobe/task.h"
#include "row_maker.h"

namespace leakprobe {

/// A user's own texts, from a file of JSON Lines or CSV: pairs of answers to a prompt, or texts.
class TextPairs final : public Task {
 public:
  enum class Duplicates { refuse, keep };
  friend constexpr auto words_of(Duplicates) {
    return std::array{Word{Duplicates::refuse, "refuse", "equal rows in a set are a mistake"},
                      Word{Duplicates::keep, "keep", "they count as often as they are there"}};
  }
  /// What the columns are called in the file.
  struct Columns {
    std::string prompt = "prompt", chosen = "chosen", rejected = "rejected", text = "text",
                set = "set", role = "role";
    static void declare(Schema<Columns>& schema);
  };
  struct Truncate {
    std::optional<int64_t> prompt, answer;
    static void declare(Schema<Truncate>& schema);
  };
  struct Options {
    std::filesystem::path path;
    Columns columns;
    std::string set = "train";
    std::map<std::string, Role> roles;
    Named<std::string> prefixes;
    std::string bos, eos;
    std::optional<text_pairs::Marks> marks;
    text_pairs::Scored scored = text_pairs::Scored::answer;
    Truncate truncate;
    Duplicates duplicates = Duplicates::refuse;
    std::optional<int64_t> alphabet;
    static void declare(Schema<Options>& schema);
  };

  /// Goes through the file once. Throws Error where it cannot be read, and DiagnosedError with all
  /// mistakes in it.
  static TaskFacts facts(const Options& options);

  /// Writes a small file of pairs and texts into the folder.
  static std::vector<std::string> examples(const std::filesystem::path& folder);

  /// Throws Error for a prefix, bos or eos that the tokenizer cannot write, and DiagnosedError for
  /// texts that give no rows.
  TextPairs(const Options& options, const Context& context);

  Row row(const RowRequest& request, Random random) const override;

 private:
  const std::shared_ptr<const text_pairs::Corpus> corpus_;
  std::map<std::string, const text_pairs::Corpus::Set*> sets_;
  std::map<std::string, std::vector<int64_t>> prefixes_;
  std::optional<text_pairs::RowMaker> maker_;
};

}  // namespace leakprobe
