#include "tokenizer/unicode_properties.h"

#include <string>
#include <unordered_map>
#include <vector>

#include "leakprobe/error.h"
#include "tokenizer/unicode_tables.h"

namespace leakprobe {
namespace {

using unicode_tables::Numbers;

std::unordered_map<std::string_view, std::uint32_t> read_names() {
  std::unordered_map<std::string_view, std::uint32_t> sets;
  std::uint32_t set = 0;
  for (std::string_view rest = unicode_tables::kNames;;) {
    const std::size_t end = rest.find_first_of(" |");
    sets.emplace(rest.substr(0, end), set);
    if (end == std::string_view::npos) return sets;
    if (rest[end] == '|') ++set;
    rest.remove_prefix(end + 1);
  }
}

/// For each kind of a layer whether it is in `set`.
std::vector<bool> kinds_in(std::string_view kinds, std::uint32_t set) {
  std::vector<bool> in_set;
  for (Numbers numbers(kinds); !numbers.at_end();) {
    bool found = false;
    for (std::uint32_t left = numbers.next(); left > 0; --left) found |= numbers.next() == set;
    in_set.push_back(found);
  }
  return in_set;
}

void add_members(CodePoints& members, std::string_view runs, std::string_view kinds,
                 std::uint32_t set) {
  const std::vector<bool> in_set = kinds_in(kinds, set);
  std::uint32_t first = 0;
  for (Numbers numbers(runs); !numbers.at_end();) {
    const std::uint32_t next = first + numbers.next();
    if (in_set[numbers.next()]) members.add(CodePointInterval(first, next - 1));
    first = next;
  }
}

std::optional<CodePoints> code_points_named(std::string_view name) {
  namespace tables = unicode_tables;
  static const std::unordered_map<std::string_view, std::uint32_t> kSets = read_names();
  const auto set = kSets.find(name);
  if (set == kSets.end()) return std::nullopt;
  CodePoints members;
  add_members(members, tables::kKindRuns, tables::kKindKinds, set->second);
  add_members(members, tables::kScriptRuns, tables::kScriptKinds, set->second);
  add_members(members, tables::kBlockRuns, tables::kBlockKinds, set->second);
  add_members(members, tables::kOwnRuns, tables::kOwnKinds, set->second);
  return members;
}

}  // namespace

std::optional<CodePoints> code_points_with(std::string_view property, bool in_class) {
  std::string name;
  for (const char c : property) {
    if (c == ' ' || c == '-' || c == '_') continue;
    if (c == '[') return std::nullopt;
    name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  if (!in_class) {
    if (auto members = code_points_named(name + "_alone")) return members;
  }
  return code_points_named(name);
}

std::optional<CodePoints> code_points_in_bracket(std::string_view name) {
  return code_points_named("[:" + std::string(name) + ":]");
}

CodePoints code_points_of_step(std::string_view name) {
  std::optional<CodePoints> members = code_points_named(name);
  LEAKPROBE_CHECK(members, "unknown class of code points");
  return *std::move(members);
}

}  // namespace leakprobe
