#include "password.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "leakprobe/error.h"
#include "leakprobe/plugin.h"
#include "leakprobe/stream.h"

namespace leakprobe {
namespace {

constexpr int64_t kAlphabet = 26;
/// Sets, streams and probes are laid out for each of them.
constexpr size_t kMostPrefixes = 1000;

/// " a" to " z".
std::vector<std::string> letters() {
  std::vector<std::string> letters;
  for (char letter = 'a'; letter <= 'z'; ++letter) letters.push_back({' ', letter});
  return letters;
}

/// Which of the shares of all passwords, of equal size, a password belongs to: a part of a hash, so
/// that nothing in it says which (Steele et al. 2014, SplitMix).
constexpr uint64_t kShares = 8;
uint64_t share_of(const std::vector<uint64_t>& password) {
  uint64_t hash = 0;
  for (const uint64_t letter : password) hash = hash * kAlphabet + letter;
  hash += 0x9e3779b97f4a7c15U;
  hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
  return (hash ^ (hash >> 31U)) % kShares;
}

/// Whether passwords of that share are the set's: one share each, and the others are for random.
bool is_of(uint64_t share, const std::string& set) {
  if (set == "useful") return share == 0;
  if (set == "held_out") return share == 1;
  if (set == "control") return share == 2;
  return share > 2;
}

/// Throws Error where a set shall have more passwords than its share of all has.
void require_room(int64_t length, const std::vector<SetFacts>& sets) {
  const double all = std::pow(static_cast<double>(kAlphabet), static_cast<double>(length));
  const double share = std::floor(all / static_cast<double>(kShares));
  for (const SetFacts& set : sets) {
    if (!set.size || static_cast<double>(*set.size) <= share) continue;
    throw Error("apart: of the 26^" + std::to_string(length) + " = " +
                std::to_string(std::llround(all)) + " passwords one in " + std::to_string(kShares) +
                ", about " + std::to_string(std::llround(share)) + ", is for set '" + set.name +
                "', which shall have " + std::to_string(*set.size) +
                "; make 'length' larger or 'negatives' smaller");
  }
}

SetFacts set(std::string name, std::optional<int64_t> size, Role::Kind role) {
  SetFacts facts;
  facts.name = std::move(name);
  facts.size = size;
  facts.role.kind = role;
  facts.distribution = "letters";
  return facts;
}

}  // namespace

void Password::Options::declare(Schema<Options>& schema) {
  // Without a prefix the first letter is not scored, so one letter would leave nothing.
  schema.field("length", &Options::length, between(2, 4096), "Letters in a password.", "tokens");
  schema.field("negatives", &Options::negatives, between(2, 1 << 30),
               "Passwords that training pushes down, useful and held-out ones together.");
  schema.field("held_out", &Options::held_out, strictly_between(0.0, 1.0),
               "Share of the negatives that is held out: never a positive target.");
  schema.field("apart", &Options::apart, kAny,
               "Whether no password is in two sets: of all passwords one in eight is for useful, "
               "for held_out and for control each, and the others are for random. Short ones need "
               "it, which would meet by chance.");
  schema.field("prefixes", &Options::prefixes, kAny,
               "Names of the contexts and the text whose first token stands before the password; "
               "an empty text means no token.");
  schema.field("roles", &Options::roles, kAny,
               "Roles of sets where they shall differ: ordinary, never_positive, control or "
               "{never_positive: [prefixes]}.");
  schema.relation(
      "held_out", "held_out must leave at least one password held out and one useful",
      [](const Options& o) { return o.held_out_count() >= 1 && o.held_out_count() < o.negatives; });
  schema.relation("prefixes",
                  "prefixes must be at most " + std::to_string(kMostPrefixes) + " names",
                  [](const Options& o) { return o.prefixes.size() <= kMostPrefixes; });
  schema.relation("prefixes", "prefixes must hold at least one name, and 'none' is reserved",
                  [](const Options& o) {
                    return !o.prefixes.empty() && std::none_of(o.prefixes.begin(), o.prefixes.end(),
                                                               [](const auto& prefix) {
                                                                 return prefix.first.empty() ||
                                                                        prefix.first == kNoPrefix;
                                                               });
                  });
}

int64_t Password::Options::held_out_count() const {
  return std::llround(static_cast<double>(negatives) * held_out);
}

TaskFacts Password::facts(const Options& options) {
  TaskFacts facts;
  const int64_t held_out = options.held_out_count();
  facts.sets = {set("random", std::nullopt, Role::Kind::ordinary),
                set("useful", options.negatives - held_out, Role::Kind::ordinary),
                set("held_out", held_out, Role::Kind::never_positive),
                set("control", std::nullopt, Role::Kind::control)};
  if (options.apart) require_room(options.length, facts.sets);
  facts.longest_row = options.length;
  facts.vocabulary = letters();
  for (const auto& [name, text] : options.prefixes) {
    facts.prefixes.push_back(name);
    if (text.empty()) continue;
    facts.longest_row = options.length + 1;
    if (std::find(facts.vocabulary.begin(), facts.vocabulary.end(), text) ==
        facts.vocabulary.end()) {
      facts.vocabulary.push_back(text);
    }
  }
  facts.chance = -std::log(static_cast<double>(kAlphabet));
  facts.needs_tokenizer = true;
  apply_roles(options.roles, facts);
  return facts;
}

Password::Password(const Options& options, const Context& context)
    : length_(options.length), apart_(options.apart) {
  const auto tokenizer = context.tokenizer();
  if (!tokenizer) {
    throw Error(
        "the password task makes rows of text, and the model has no tokenizer; name one "
        "with model.tokenizer");
  }
  read_letters(*tokenizer);
  read_prefixes(options, *tokenizer, context);
}

void Password::read_letters(const Tokenizer& tokenizer) {
  std::string missing;
  for (const std::string& text : letters()) {
    std::vector<int64_t> tokens;
    try {
      tokens = tokenizer.encode(text);
    } catch (const Error&) {
      // A vocabulary without the letter at all: reported with the others below.
    }
    // What reads back is no unknown token and no other letter's: they are 26 different ones.
    if (tokens.size() == 1 && tokenizer.decode(tokens) == text) {
      letters_.push_back(tokens.front());
    } else {
      missing += (missing.empty() ? "'" : ", '") + text + "'";
    }
  }
  if (!missing.empty()) {
    throw Error(
        "the password task needs ' a' to ' z' as single tokens of their own, and in the model's "
        "tokenizer " +
        missing + (missing.size() > 4 ? " are" : " is") +
        " not; choose a model whose tokenizer has them");
  }
}

void Password::require_no_letter(const std::string& name, const std::string& text,
                                 int64_t token) const {
  const auto letter = std::find(letters_.begin(), letters_.end(), token);
  if (letter == letters_.end()) return;
  throw Error("prefixes." + name + ": '" + text + "' begins with the token of the letter ' " +
              static_cast<char>('a' + (letter - letters_.begin())) +
              "', so the model could not tell the prefix from a password; choose another text");
}

void Password::read_prefixes(const Options& options, const Tokenizer& tokenizer,
                             const Context& context) {
  // By their tokens: the first prefix of each, and its text.
  std::map<std::vector<int64_t>, std::pair<std::string, std::string>> known;
  for (const auto& [name, text] : options.prefixes) {
    Prefix prefix{name, {}};
    if (!text.empty()) {
      const std::vector<int64_t> tokens = tokenizer.encode(text);
      if (tokens.empty()) throw Error("prefixes." + name + ": '" + text + "' has no token");
      require_no_letter(name, text, tokens.front());
      if (tokens.size() > 1) {
        context.info("prefix " + name + ": '" + text + "' has " + std::to_string(tokens.size()) +
                     " tokens, of which the first is used");
      }
      prefix.tokens = {tokens.front()};
    }
    const auto [earlier, is_new] = known.emplace(prefix.tokens, std::pair(name, text));
    if (!is_new && earlier->second.second != text) {
      throw Error("prefixes." + name + ": '" + text + "' begins with the same token as '" +
                  earlier->second.second + "' (" + earlier->second.first +
                  "), so the model could not tell them apart; choose another text");
    }
    prefixes_.push_back(std::move(prefix));
  }
}

std::vector<uint64_t> Password::draw(const std::string& set, Random random) const {
  std::vector<uint64_t> password(static_cast<size_t>(length_));
  do {
    for (uint64_t& letter : password) letter = random.below(kAlphabet);
  } while (apart_ && !is_of(share_of(password), set));
  return password;
}

Row Password::row(const RowRequest& request, Random random) const {
  Row row;
  if (request.prefix != kNoPrefix) {
    const auto prefix =
        std::find_if(prefixes_.begin(), prefixes_.end(),
                     [&](const Prefix& candidate) { return candidate.name == request.prefix; });
    LEAKPROBE_CHECK(prefix != prefixes_.end(), "unknown prefix '" + request.prefix + "'");
    row.tokens = prefix->tokens;
  }
  row.secret.begin = static_cast<int64_t>(row.tokens.size());
  row.secret.end = row.secret.begin + length_;
  for (const uint64_t letter : draw(request.set, random)) row.tokens.push_back(letters_[letter]);
  row.scored.assign(row.tokens.size(), 1);
  row.scored.front() = 0;
  return row;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Password>(
      "password",
      "Random passwords of letters behind a prefix token, a part of them held out (Roger 2023).");
}
