#include "pattern.h"

#include <charconv>
#include <cmath>
#include <set>

#include "leakprobe/diagnostic.h"
#include "leakprobe/error.h"

namespace leakprobe::canary {
namespace {

constexpr int64_t kLongest = 256;

std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> all;
  for (const char c : text) all.emplace_back(1, c);
  return all;
}

Alphabets known_alphabets() {
  return {{"digits", characters("0123456789")},
          {"letters", characters("abcdefghijklmnopqrstuvwxyz")},
          {"hex", characters("0123456789abcdef")}};
}

[[noreturn]] void fail(const std::string& what) { throw Error("pattern: " + what); }

/// Of "{digits:6}".
int64_t read_length(std::string_view place, std::string_view text) {
  int64_t length = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (fault == std::errc() && end == text.data() + text.size() && length >= 1 &&
      length <= kLongest) {
    return length;
  }
  fail("'" + std::string(place) + "' must be an alphabet and a length of 1 to " +
       std::to_string(kLongest) + ", such as {digits:6}");
}

}  // namespace

double Pattern::secrets() const {
  return std::pow(static_cast<double>(symbols.size()), static_cast<double>(length));
}

Pattern read_pattern(std::string_view text, const Alphabets& own) {
  Alphabets alphabets = known_alphabets();
  for (const auto& [name, symbols] : own) {
    const std::set<std::string> different(symbols.begin(), symbols.end());
    if (symbols.size() < 2 || different.size() != symbols.size() || different.contains("")) {
      throw Error("alphabets." + name + " must be two or more texts that differ, none of them ''");
    }
    if (!alphabets.emplace(name, symbols).second) {
      throw Error("alphabets." + name + " is there already; choose another name");
    }
  }
  const size_t open = text.find('{');
  const size_t close = text.find('}');
  if (open == text.npos || close == text.npos || close < open) {
    fail("'" + std::string(text) + "' has no place for the secret; write one, such as {digits:6}");
  }
  const std::string_view place = text.substr(open, close + 1 - open);
  const std::string_view inside = place.substr(1, place.size() - 2);
  const std::string_view after = text.substr(close + 1);
  if (inside.find('{') != text.npos || after.find_first_of("{}") != text.npos) {
    fail("'" + std::string(text) + "' must have one place for the secret, and no other braces");
  }
  const size_t colon = std::min(inside.find(':'), inside.size());
  Pattern pattern;
  pattern.length =
      read_length(place, colon < inside.size() ? inside.substr(colon + 1) : std::string_view());
  const std::string name(inside.substr(0, colon));
  const auto alphabet = alphabets.find(name);
  if (alphabet == alphabets.end()) {
    std::vector<std::string> names;
    for (const auto& each : alphabets) names.push_back(each.first);
    fail("there is no alphabet '" + name + "'; " + suggest(name, names, "alphabets"));
  }
  pattern.symbols = alphabet->second;
  pattern.before = text.substr(0, open);
  pattern.after = after;
  return pattern;
}

}  // namespace leakprobe::canary
