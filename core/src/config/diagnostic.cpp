#include "leakprobe/diagnostic.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "leakprobe/error.h"
#include "leakprobe/value.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

const std::string kCommandLine = "<command line> ";

/// What other programs call our words.
constexpr std::pair<std::string_view, const char*> kOtherWords[] = {
    {"gpu", "cuda"},          {"bf16", "bfloat16"},    {"fp32", "float32"},
    {"f32", "float32"},       {"float", "float32"},    {"first", "start"},
    {"begin", "start"},       {"last", "end"},         {"final", "end"},
    {"best", "maximum"},      {"none", "nothing"},     {"dtype", "compute"},
    {"precision", "compute"}, {"batch_size", "batch"}, {"metric", "measure"},
    {"random_seed", "seed"},  {"learning_rate", "lr"}};

/// Of a longer word that a shorter one may stand for.
constexpr size_t kShortestBeginning = 3;

// Damerau-Levenshtein distance with adjacent transpositions only.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

/// A path of keys, none of which is longer than can be read.
std::string readable(std::string_view path) {
  std::string text;
  while (true) {
    const size_t end = std::min(path.find('.'), path.size());
    text += beginning(path.substr(0, end));
    if (end == path.size()) return text;
    text += '.';
    path.remove_prefix(end + 1);
  }
}

}  // namespace

std::string to_string(const Place& place) {
  std::string text =
      place.file.starts_with(kCommandLine) ? beginning(place.file) : printable(place.file);
  if (place.line > 0) {
    text += ":" + std::to_string(place.line);
    if (place.column > 0) text += ":" + std::to_string(place.column);
  }
  if (!place.path.empty()) text += (text.empty() ? "" : ": ") + readable(place.path);
  return text;
}

void fail_at(const Place& place, const std::string& what) {
  const std::string where = to_string(place);
  throw Error(where.empty() ? what : where + ": " + what);
}

void fail_at(Place place, std::string_view key, const std::string& what) {
  place.path = child_path(place.path, key);
  fail_at(place, what);
}

Place command_line_place(const std::string& override_text) {
  return {kCommandLine + override_text, 0, 0};
}

std::filesystem::path folder_of(const Place& place) {
  if (place.file.starts_with(kCommandLine)) return {};
  return std::filesystem::path(place.file).parent_path();
}

std::string Diagnostic::text() const {
  std::string out = to_string(place);
  if (!out.empty()) out += ": ";
  out += severity == Severity::error ? "error: " : "warning: ";
  if (!path.empty()) out += readable(path) + ": ";
  out += printable(message);
  if (!hint.empty()) out += "\n    hint: " + printable(hint);
  return out;
}

void Diagnostics::error(Place place, std::string path, std::string message, std::string hint) {
  diagnostics_.push_back({Diagnostic::Severity::error, std::move(place), std::move(path),
                          std::move(message), std::move(hint)});
}

void Diagnostics::warning(Place place, std::string path, std::string message, std::string hint) {
  diagnostics_.push_back({Diagnostic::Severity::warning, std::move(place), std::move(path),
                          std::move(message), std::move(hint)});
}

bool Diagnostics::has_errors() const {
  return std::any_of(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.severity == Diagnostic::Severity::error;
  });
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::map<std::string, size_t> file_order;
  for (const Diagnostic& diagnostic : diagnostics_) {
    file_order.emplace(diagnostic.place.file, file_order.size());
  }
  std::vector<Diagnostic> sorted;
  std::set<std::string> seen;
  for (const Diagnostic& diagnostic : diagnostics_) {
    if (seen.insert(diagnostic.text()).second) sorted.push_back(diagnostic);
  }
  const auto position = [&](const Diagnostic& diagnostic) {
    const Place& place = diagnostic.place;
    return std::tuple(file_order.at(place.file), place.line, place.column);
  };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return position(a) < position(b);
  });
  return sorted;
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  constexpr size_t kLongestWord = 64;  // the distance takes quadratic time
  if (word.size() > kLongestWord) return "";
  std::string best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestWord || candidate == word) continue;
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string meant_word(const std::string& word, const std::vector<std::string>& candidates) {
  const auto has = [&](const std::string& name) {
    return std::find(candidates.begin(), candidates.end(), name) != candidates.end();
  };
  std::string lower = word;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  // By letters alone 'gpu' would be a misspelt 'cpu'.
  for (const auto& [other, ours] : kOtherWords) {
    if (lower == other && has(ours)) return ours;
  }
  const std::string near = nearest(word, candidates);
  if (!near.empty()) return near;
  if (lower != word && has(lower)) return lower;
  std::string begun;
  for (const std::string& candidate : candidates) {
    if (word.size() < kShortestBeginning || candidate == word || !candidate.starts_with(word)) {
      continue;
    }
    if (!begun.empty() && begun != candidate) return "";
    begun = candidate;
  }
  return begun;
}

std::string suggest(const std::string& word, const std::vector<std::string>& candidates,
                    const std::string& known) {
  const std::string near = meant_word(word, candidates);
  if (!near.empty()) return "did you mean " + quote(near) + "?";
  if (candidates.empty()) return "";
  std::string list;
  std::set<std::string> listed;  // two of one name need not be two to choose from
  for (const std::string& candidate : candidates) {
    if (!listed.insert(candidate).second) continue;
    if (!list.empty()) list += ", ";
    list += printable(candidate);
  }
  return known + ": " + list;
}

}  // namespace leakprobe
