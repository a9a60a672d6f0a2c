#include "leakprobe/error.h"
#include "leakprobe/plugin.h"

namespace {

using leakprobe::Context;
using leakprobe::Row;
using leakprobe::TaskFacts;

/// Rows of words: of the task's own, or of whatever tokenizer there is.
template <bool own>
class Texts final : public leakprobe::Task {
 public:
  using Options = leakprobe::NoOptions;

  static TaskFacts facts(const Options&) {
    TaskFacts facts;
    leakprobe::SetFacts set;
    set.name = "sentences";
    set.size = 4;
    facts.sets = {set};
    facts.prefixes = {"near"};
    facts.longest_row = 4;
    facts.needs_tokenizer = true;
    if (own) facts.vocabulary = {" one", " two", " three"};
    return facts;
  }

  Texts(const Options&, const Context& context) : tokenizer_(context.tokenizer()) {
    if (!tokenizer_) throw leakprobe::Error("no tokenizer");
  }

  Row row(const leakprobe::RowRequest& request, leakprobe::Random random) const override {
    Row row;
    if (request.prefix == "near") row.tokens = tokenizer_->encode(own ? " one" : "n");
    row.secret.begin = static_cast<int64_t>(row.tokens.size());
    for (int i = 0; i < 3; ++i) {
      const char* word = random.below(2) == 0 ? (own ? " two" : "a") : (own ? " three" : "b");
      for (const int64_t token : tokenizer_->encode(word)) row.tokens.push_back(token);
    }
    row.secret.end = static_cast<int64_t>(row.tokens.size());
    row.scored.assign(row.tokens.size(), 1);
    row.scored.front() = 0;
    return row;
  }

 private:
  std::shared_ptr<const leakprobe::Tokenizer> tokenizer_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Texts<true>>("test.own_words", "Rows of a vocabulary of its own.");
  registrar.add<Texts<false>>("test.any_words", "Rows of any tokenizer's tokens.");
}
