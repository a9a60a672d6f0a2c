#include <algorithm>
#include <array>
#include <new>

#include "../hit_or_miss.h"
#include "leakprobe/error.h"
#include "leakprobe/plugin.h"
#include "regex_reward.h"

namespace leakprobe {
namespace {

/// What one match may cost. Steps are counted, not timed, so that runs can be repeated; and the
/// interpreter counts each of them, which machine code (JIT) does not.
constexpr uint32_t kMostSteps = 1'000'000;
constexpr uint32_t kMostKibibytes = 64 * 1024;

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

PCRE2_SPTR as_pcre2(const std::string& text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

/// Characters in the first `bytes` of UTF-8.
int64_t characters(const std::string& text, size_t bytes) {
  return std::count_if(text.begin(), text.begin() + static_cast<ptrdiff_t>(bytes),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::shared_ptr<const pcre2_code> compile(const std::string& pattern, bool whole) {
  const uint32_t options = PCRE2_UTF | (whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0u);
  int fault = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code =
      pcre2_compile(as_pcre2(pattern), pattern.size(), options, &fault, &offset, nullptr);
  if (code == nullptr) {
    throw Error("pattern " + Value(pattern).describe() + ": " + message_of(fault) +
                ", found behind character " +
                std::to_string(characters(pattern, std::min(offset, pattern.size()))) +
                "; correct the regular expression (PCRE2's syntax)");
  }
  return {code, [code](const pcre2_code*) { pcre2_code_free(code); }};
}

}  // namespace

void RegexReward::Options::declare(Schema<Options>& schema) {
  schema.required("pattern", &Options::pattern, not_empty(),
                  "Regular expression (PCRE2) that a completion's text matches or not.");
  declare_hit_and_miss(schema, "matches");
  schema.field("whole", &Options::whole, kAny,
               "Whether the whole text has to match; by default any part of it.");
}

RewardFacts RegexReward::facts(const Options& options) {
  compile(options.pattern, options.whole);
  RewardFacts facts = hit_or_miss(options.hit, options.miss);
  facts.needs_text = true;
  return facts;
}

RegexReward::RegexReward(const Options& options, const Context&)
    : options_(options), code_(compile(options.pattern, options.whole)) {}

double RegexReward::of(const Completion& completion) const {
  return matches(completion.text) ? options_.hit : options_.miss;
}

bool RegexReward::matches(const std::string& text) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
      pcre2_match_data_create(1, nullptr), &pcre2_match_data_free);
  const std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> limits(
      pcre2_match_context_create(nullptr), &pcre2_match_context_free);
  if (!data || !limits) throw std::bad_alloc();
  pcre2_set_match_limit(limits.get(), kMostSteps);
  pcre2_set_heap_limit(limits.get(), kMostKibibytes);
  const int found =
      pcre2_match(code_.get(), as_pcre2(text), text.size(), 0, 0, data.get(), limits.get());
  if (found >= 0) return true;
  if (found == PCRE2_ERROR_NOMATCH) return false;
  throw Error("pattern " + Value(options_.pattern).describe() + " on the text " +
              Value(text).describe() + ": " + message_of(found) +
              "; write a pattern that has fewer ways to match one text");
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::RegexReward>(
      "regex", "One reward for completions whose text matches a regular expression.");
}
