#include "canary.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "../findings.h"
#include "../utf8.h"
#include "leakprobe/error.h"
#include "leakprobe/plugin.h"

namespace leakprobe {
namespace {

using canary::Carrier;
using canary::Line;
using canary::Pattern;

constexpr const char* kCarrierSet = "carrier";
constexpr const char* kControlSet = "control";
/// Planted secrets are held in memory.
constexpr int64_t kMostPlanted = 1 << 20;

Pattern pattern_of(const Canary::Options& options) {
  return canary::read_pattern(options.pattern, options.alphabets);
}

Carrier carrier_of(const Canary::Options& options, const Pattern& pattern) {
  return canary::read_carrier(options.path, pattern.before);
}

/// Throws Error where secrets that are not planted would be the fewer ones.
void require_room(const Canary::Options& options, const Pattern& pattern) {
  const auto planted =
      static_cast<double>(options.canaries) * static_cast<double>(options.groups.size());
  if (2 * planted <= pattern.secrets()) return;
  throw Error("pattern: it has " + std::to_string(std::llround(pattern.secrets())) +
              " secrets, of which at most half may be planted, and " +
              std::to_string(std::llround(planted)) +
              " are; make the secret longer or 'canaries' smaller");
}

/// For the tokenizer of a model that has none: all characters, and the alphabet's texts whole.
std::vector<std::string> vocabulary_of(const Canary::Options& options, const Pattern& pattern,
                                       const Carrier& carrier) {
  texts::Characters characters;
  for (const Line& line : carrier.lines) characters.add(line.text);
  characters.add(pattern.before);
  characters.add(pattern.after);
  for (const auto& [name, text] : options.prefixes) characters.add(text);
  std::vector<std::string> vocabulary = characters.list();
  for (const std::string& symbol : pattern.symbols) {
    if (std::ranges::count(vocabulary, symbol) == 0) vocabulary.push_back(symbol);
  }
  return vocabulary;
}

SetFacts set(std::string name, std::optional<int64_t> size, Role::Kind role,
             std::string distribution) {
  SetFacts facts;
  facts.name = std::move(name);
  facts.size = size;
  facts.role.kind = role;
  facts.distribution = std::move(distribution);
  return facts;
}

void append(std::vector<int64_t>& all, const std::vector<int64_t>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// Scores what is in [begin, end), but never a first token.
void score(Row& row, int64_t begin, int64_t end) {
  row.scored.assign(row.tokens.size(), 0);
  std::fill(row.scored.begin() + std::max<int64_t>(begin, 1), row.scored.begin() + end, 1);
}

int64_t size_of(const std::vector<int64_t>& tokens) { return static_cast<int64_t>(tokens.size()); }

}  // namespace

void Canary::Options::declare(Schema<Options>& schema) {
  schema.field("path", &Options::path, kAny,
               "The file of carrier text, one text a line; by default a small text of the plugin's "
               "own.");
  schema.field("pattern", &Options::pattern, kAny,
               "The canary: text with one place for its secret, {alphabet:length}, where the "
               "alphabet is digits, letters, hex or one of 'alphabets'.");
  schema.field("alphabets", &Options::alphabets, kAny,
               "Further alphabets by name: the texts that a secret consists of, each one token.");
  schema.field("groups", &Options::groups, some<std::string>(),
               "Names of the sets of canaries; how often each is repeated, streams say.");
  schema.field("canaries", &Options::canaries, between(1, kMostPlanted), "Canaries in each group.");
  schema.field("scored", &Options::scored, kAny,
               "Which tokens of a canary's row are trained on and measured.");
  schema.field("prefixes", &Options::prefixes, kAny,
               "Text before the row by the name of the prefix; an empty text is no token.");
  schema.field("roles", &Options::roles, kAny,
               "Roles of sets where they shall differ: ordinary, never_positive, control or "
               "{never_positive: [prefixes]}.");
  schema.relation("groups", "groups must be names that differ, other than 'carrier' and 'control'",
                  [](const Options& options) {
                    std::set<std::string> names = {"", kCarrierSet, kControlSet};
                    return std::ranges::all_of(options.groups, [&](const std::string& name) {
                      return names.insert(name).second;
                    });
                  });
  schema.relation(
      "canaries",
      "all groups together must have at most " + std::to_string(kMostPlanted) + " canaries",
      [](const Options& options) {
        return static_cast<int64_t>(options.groups.size()) <= kMostPlanted / options.canaries;
      });
  schema.relation(
      "prefixes", "the name 'none' stands for rows without a prefix", [](const Options& options) {
        return std::ranges::none_of(options.prefixes,
                                    [](const auto& prefix) { return prefix.first == kNoPrefix; });
      });
}

TaskFacts Canary::facts(const Options& options) {
  const Pattern pattern = pattern_of(options);
  require_room(options, pattern);
  const Carrier carrier = carrier_of(options, pattern);
  TaskFacts facts;
  for (const std::string& group : options.groups) {
    facts.sets.push_back(set(group, options.canaries, Role::Kind::ordinary, "canaries"));
  }
  facts.sets.push_back(set(kCarrierSet, static_cast<int64_t>(carrier.lines.size()),
                           Role::Kind::ordinary, "carrier"));
  facts.sets.push_back(set(kControlSet, std::nullopt, Role::Kind::control, "canaries"));
  for (const auto& [name, text] : options.prefixes) facts.prefixes.push_back(name);
  // What stands around a secret is text, of which nobody knows how likely it is.
  if (options.scored == Scored::secret) {
    facts.chance = -std::log(static_cast<double>(pattern.symbols.size()));
  }
  facts.needs_tokenizer = true;
  facts.vocabulary = vocabulary_of(options, pattern, carrier);
  apply_roles(options.roles, facts);
  return facts;
}

Canary::Canary(const Options& options, const Context& context)
    : pattern_(pattern_of(options)),
      carrier_(carrier_of(options, pattern_)),
      scored_(options.scored),
      tokenizer_(context.tokenizer()) {
  if (!tokenizer_) throw Error("the model has no tokenizer; name one with model.tokenizer");
  read_symbols();
  read_prefixes(options);
  require_rows();
  draw_planted(options, context);
}

void Canary::read_symbols() {
  std::string missing;
  for (const std::string& symbol : pattern_.symbols) {
    std::vector<int64_t> tokens;
    try {
      tokens = tokenizer_->encode(symbol);
    } catch (const Error&) {
      // A vocabulary without it: reported with the others below.
    }
    // What reads back is no unknown token, and no other text's.
    if (tokens.size() == 1 && tokenizer_->decode(tokens) == symbol) {
      symbols_.push_back(tokens.front());
    } else {
      missing += (missing.empty() ? "'" : ", '") + symbol + "'";
    }
  }
  if (missing.empty()) return;
  throw Error(
      "pattern: the texts of a secret's alphabet must be one token each, and in the model's "
      "tokenizer these are not: " +
      missing + "; choose another alphabet or model");
}

void Canary::read_prefixes(const Options& options) {
  prefixes_[kNoPrefix] = {};
  for (const auto& [name, text] : options.prefixes) {
    prefixes_[name] = tokens_of(text);
    if (!text.empty() && prefixes_[name].empty()) {
      throw Error("prefixes." + name + ": the tokenizer makes no token of '" + text + "'");
    }
  }
}

void Canary::require_rows() const {
  texts::Findings findings(carrier_.source);
  for (const Line& line : carrier_.lines) {
    try {
      if (tokens_of(line.text).size() >= 2) continue;
      findings.add(line.number, "has less than two tokens, so that there is nothing to learn",
                   "leave the line out, or join it to another");
    } catch (const Error& error) {
      findings.add(line.number, std::string("cannot be written: ") + error.what());
    }
  }
  findings.require_none();
}

void Canary::draw_planted(const Options& options, const Context& context) {
  const RandomStream stream = context.random("secrets");
  uint64_t number = 0;
  for (const std::string& group : options.groups) {
    std::vector<Secret>& secrets = planted_[group];
    while (static_cast<int64_t>(secrets.size()) < options.canaries) {
      Random random = stream.at(number++);
      Secret secret = draw(random);
      if (all_planted_.insert(secret).second) secrets.push_back(std::move(secret));
    }
  }
}

std::vector<int64_t> Canary::tokens_of(const std::string& text) const {
  return text.empty() ? std::vector<int64_t>() : tokenizer_->encode(text);
}

Canary::Secret Canary::draw(Random& random) const {
  Secret secret(static_cast<size_t>(pattern_.length));
  for (uint64_t& symbol : secret) symbol = random.below(pattern_.symbols.size());
  return secret;
}

Row Canary::carrier_row(const std::vector<int64_t>& prefix, const Line& line) const {
  Row row;
  row.tokens = prefix;
  append(row.tokens, tokens_of(line.text));
  row.secret = {size_of(prefix), size_of(row.tokens)};
  score(row, row.secret.begin, row.secret.end);
  return row;
}

Row Canary::row(const RowRequest& request, Random random) const {
  const auto prefix = prefixes_.find(request.prefix);
  LEAKPROBE_CHECK(prefix != prefixes_.end(), "unknown prefix '" + request.prefix + "'");
  if (request.set == kCarrierSet) {
    return carrier_row(prefix->second, carrier_.lines.at(static_cast<size_t>(request.index)));
  }
  // The same draws for every set, so that the control's rows are like the others.
  const Line& line = carrier_.lines[random.below(carrier_.lines.size())];
  const std::vector<size_t> places = line.places();
  const size_t place = places[random.below(places.size())];
  Secret secret;
  if (const auto group = planted_.find(request.set); group != planted_.end()) {
    secret = group->second.at(static_cast<size_t>(request.index));
  } else {
    LEAKPROBE_CHECK(request.set == kControlSet, "unknown set '" + request.set + "'");
    do secret = draw(random);
    while (all_planted_.contains(secret));
  }

  Row row;
  row.tokens = prefix->second;
  append(row.tokens, tokens_of(line.text.substr(0, place) + pattern_.before));
  row.secret.begin = size_of(row.tokens);
  for (const uint64_t symbol : secret) row.tokens.push_back(symbols_[symbol]);
  row.secret.end = size_of(row.tokens);
  append(row.tokens, tokens_of(pattern_.after + line.text.substr(place)));
  if (scored_ == Scored::secret) {
    score(row, row.secret.begin, row.secret.end);
  } else {
    score(row, size_of(prefix->second), size_of(row.tokens));
  }
  return row;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Canary>(
      "canary",
      "Secrets of one pattern planted in carrier text, repeated more or less often by group, and a "
      "control that is never trained.");
}
