#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// A position in a text file; line and column count from 1, 0 means unknown. In a JSON file there
/// is the path of keys instead.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  std::string path = {};  ///< "columns[2].sets"
};

/// "file:12:14", without the parts that are unknown; in a JSON file "file: columns[2].sets".
std::string to_string(const Place& place);

/// Throws Error "<place>: <what>" about what stands at a place, and about what a map that stands
/// there has under `key`: "ledger.json: columns[2].weight: is missing".
[[noreturn]] void fail_at(const Place& place, const std::string& what);
[[noreturn]] void fail_at(Place place, std::string_view key, const std::string& what);

/// The place of "key=value" on the command line: no file, and paths in it are relative to the
/// current folder.
Place command_line_place(const std::string& override_text);

/// The folder of the file that a place names, "" for the current one.
std::filesystem::path folder_of(const Place& place);

/// One thing that the user should change (error) or know (warning).
struct Diagnostic {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  Place place;
  std::string path;     ///< where in the experiment, such as "phases.elicit.terms.dpo.weight"
  std::string message;  ///< what is wrong
  std::string hint;     ///< what to do, may be empty

  /// "file:12:14: error: path: message\n    hint: ..." without a final newline.
  std::string text() const;
};

/// Collects diagnostics, so that all of them are shown at once.
class Diagnostics {
 public:
  void error(Place place, std::string path, std::string message, std::string hint = "");
  void warning(Place place, std::string path, std::string message, std::string hint = "");
  bool has_errors() const;
  /// File by file in the order in which files were first spoken of, within a file in the order of
  /// its lines; equal diagnostics once.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// The candidate nearest to `word` in edit distance if it is near enough to be a misspelling,
/// otherwise "".
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

/// The candidate that `word` may stand for: what other programs call it ("gpu" for "cuda"), the
/// nearest one, or the only one that begins with it; otherwise "".
std::string meant_word(const std::string& word, const std::vector<std::string>& candidates);

/// "did you mean 'x'?" where one of the candidates may be meant, otherwise "<known>: a, b, c", or
/// "" where there are no candidates; `known` is such as "known parameters".
std::string suggest(const std::string& word, const std::vector<std::string>& candidates,
                    const std::string& known);

}  // namespace leakprobe
