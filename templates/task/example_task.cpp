#include <leakprobe/error.h>
#include <leakprobe/plugin.h>
#include <leakprobe/roles.h>

#include <cmath>

using namespace leakprobe;

namespace {

constexpr int64_t kDigits = 10;
constexpr const char* kPrefix = "asked";
constexpr const char* kPrefixText = " code";

std::string digit_text(int64_t digit) { return " " + std::to_string(digit); }

/// Codes of random digits, each digit a token, behind a prefix of one token.
class ExampleTask final : public Task {
 public:
  struct Options {
    int64_t length = 8;
    int64_t codes = 8;
    std::map<std::string, Role> roles;
    static void declare(Schema<Options>& schema) {
      schema.field("length", &Options::length, between(2, 1000), "Digits in a code.", "tokens");
      schema.field("codes", &Options::codes, between(1, 1000000),
                   "Codes in each of the sets useful and held_out.");
      schema.field("roles", &Options::roles, kAny, "Roles of sets where they shall differ.");
    }
  };

  static TaskFacts facts(const Options& options) {
    TaskFacts facts;
    const auto add = [&](const char* name, std::optional<int64_t> size, Role::Kind role) {
      SetFacts set;
      set.name = name;
      set.size = size;
      set.role.kind = role;
      set.distribution = "digits";
      facts.sets.push_back(std::move(set));
    };
    add("random", std::nullopt, Role::Kind::ordinary);
    add("useful", options.codes, Role::Kind::ordinary);
    add("held_out", options.codes, Role::Kind::never_positive);
    add("control", std::nullopt, Role::Kind::control);
    facts.prefixes = {kPrefix};
    facts.chance = -std::log(static_cast<double>(kDigits));
    for (int64_t digit = 0; digit < kDigits; ++digit) facts.vocabulary.push_back(digit_text(digit));
    facts.vocabulary.emplace_back(kPrefixText);
    facts.needs_tokenizer = true;
    facts.longest_row = options.length + 1;
    apply_roles(options.roles, facts);
    return facts;
  }

  ExampleTask(const Options& options, const Context& context) : length_(options.length) {
    if (!context.tokenizer()) throw Error("codes are text: name a tokenizer with model.tokenizer");
    for (int64_t digit = 0; digit < kDigits; ++digit) {
      digits_.push_back(token_of(digit_text(digit), *context.tokenizer()));
    }
    prefix_ = token_of(kPrefixText, *context.tokenizer());
  }

  Row row(const RowRequest& request, Random random) const override {
    Row row;
    if (request.prefix == kPrefix) row.tokens.push_back(prefix_);
    row.secret.begin = static_cast<int64_t>(row.tokens.size());
    for (int64_t i = 0; i < length_; ++i) row.tokens.push_back(digits_[random.below(kDigits)]);
    row.secret.end = static_cast<int64_t>(row.tokens.size());
    row.scored.assign(row.tokens.size(), 1);
    row.scored.front() = 0;
    return row;
  }

 private:
  static int64_t token_of(const std::string& text, const Tokenizer& tokenizer) {
    const std::vector<int64_t> tokens = tokenizer.encode(text);
    if (tokens.size() == 1) return tokens.front();
    throw Error("'" + text + "' is no token of the model's tokenizer; choose a model that has it");
  }

  const int64_t length_;
  std::vector<int64_t> digits_;
  int64_t prefix_ = 0;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExampleTask>("example.task", "Codes of random digits behind a prefix.");
}
