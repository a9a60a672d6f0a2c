#include "tokenizer/difference.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "format/json.h"
#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

std::string file_of(const Tokenizer& tokenizer) {
  const auto files = tokenizer.files();
  const auto file = std::find_if(files.begin(), files.end(),
                                 [](const auto& each) { return each.first == "tokenizer.json"; });
  LEAKPROBE_CHECK(file != files.end(), "a tokenizer without tokenizer.json");
  return file->second;
}

/// Tokens by their ids, as the file writes them.
std::map<int64_t, std::string> tokens_of(const Json& document) {
  std::map<int64_t, std::string> tokens;
  for (const auto& [text, id] : document.at("model").at("vocab").items()) {
    tokens.emplace(id.get<int64_t>(), text);
  }
  if (const auto added = document.find("added_tokens"); added != document.end()) {
    for (const Json& token : *added) {
      tokens.emplace(token.at("id").get<int64_t>(), token.at("content").get<std::string>());
    }
  }
  return tokens;
}

/// The first id of which one has another token, or none.
std::string other_token(const std::map<int64_t, std::string>& there,
                        const std::map<int64_t, std::string>& here, const Tokenizer& tokenizer,
                        const Tokenizer& own) {
  const auto size = static_cast<int64_t>(std::max(there.size(), here.size()));
  for (int64_t id = 0; id < size; ++id) {
    const auto theirs = there.find(id), ours = here.find(id);
    if (theirs == there.end() && ours == here.end()) continue;
    if (theirs == there.end()) {
      return "token " + std::to_string(id) + ", here " + quote(own.decode({id})) +
             ", is not known there";
    }
    if (ours == here.end()) {
      return "token " + std::to_string(id) + ", there " + quote(tokenizer.decode({id})) +
             ", is not known here";
    }
    if (theirs->second == ours->second) continue;
    std::string first = tokenizer.decode({id}), second = own.decode({id});
    if (first == second) {  // bytes that are no text
      first = theirs->second;
      second = ours->second;
    }
    return "token " + std::to_string(id) + " is " + quote(first) + " there and " + quote(second) +
           " here";
  }
  return "";
}

/// A merge is written as "a b" or as ["a", "b"].
Json merges_of(const Json& merges) {
  Json all = Json::array();
  for (const Json& merge : merges) {
    if (merge.is_array() && merge.size() == 2) {
      all.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
    } else {
      all.push_back(merge);
    }
  }
  return all;
}

/// What says how texts become tokens, beside the tokens themselves.
std::map<std::string, Json> rules_of(const Json& document) {
  std::map<std::string, Json> rules;
  const auto add = [&](const std::string& name, const Json& rule) {
    const bool is_off = rule.is_null() || rule == Json(false) || rule == Json("");
    if (!is_off) rules.emplace(name, rule);
  };
  for (const char* key : {"added_tokens", "normalizer", "pre_tokenizer"}) {
    if (const auto rule = document.find(key); rule != document.end()) add(key, *rule);
  }
  for (const auto& [key, rule] : document.at("model").items()) {
    if (key == "merges") add(key, merges_of(rule));
    if (key != "merges" && key != "vocab") add(key, rule);
  }
  return rules;
}

}  // namespace

std::string difference_between(const Tokenizer* there, const Tokenizer* here) {
  if (there == here) return "";
  if (there == nullptr) return "there token ids stand for no text, and here there is a tokenizer";
  if (here == nullptr) return "there is a tokenizer there, and here token ids stand for no text";
  const std::string their_file = file_of(*there), own_file = file_of(*here);
  if (their_file == own_file) return "";
  const Json theirs = Json::parse(their_file), ours = Json::parse(own_file);
  std::string other = other_token(tokens_of(theirs), tokens_of(ours), *there, *here);
  if (!other.empty()) return other;
  const std::map<std::string, Json> their_rules = rules_of(theirs), own_rules = rules_of(ours);
  for (const auto& rules : {their_rules, own_rules}) {
    for (const auto& [name, rule] : rules) {
      const auto first = their_rules.find(name), second = own_rules.find(name);
      const bool are_equal = first != their_rules.end() && second != own_rules.end() &&
                             first->second == second->second;
      if (!are_equal) {
        return "the tokens are the same, and texts are divided into them in another way (" + name +
               ")";
      }
    }
  }
  return "";
}

}  // namespace leakprobe
