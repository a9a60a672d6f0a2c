#include "examination.h"

#include <algorithm>

#include "../findings.h"
#include "leakprobe/error.h"

namespace leakprobe::text_pairs {
namespace {

constexpr uint32_t kLookedAt = 10'000;

/// How often something was met, and in which line first.
struct Count {
  int64_t count = 0;
  int64_t of = 0;
  int64_t first = 0;

  void add(bool met, int64_t line) {
    ++of;
    if (!met) return;
    if (count++ == 0) first = line;
  }
  /// "3 of 40 prompts"
  std::string text(const std::string& what) const {
    return std::to_string(count) + " of " + std::to_string(of) + " " + what;
  }
  std::string where() const { return "first in line " + std::to_string(first); }
};

class Examination {
 public:
  Examination(const Corpus& corpus, const RowMaker& maker, const std::vector<std::string>& special)
      : corpus_(corpus), maker_(maker), special_(special), findings_(corpus.file().source()) {}

  void run() {
    const uint32_t looked_at = maker_.cuts() ? corpus_.size() : std::min(corpus_.size(), kLookedAt);
    for (uint32_t number = 0; number < looked_at; ++number) {
      const Record record = corpus_.record(number);
      if (number < kLookedAt) {
        look_at(record, corpus_.line(number));
      } else {
        count_cuts(record, corpus_.line(number));
      }
    }
    findings_.require_none();
  }

  void tell(const Context& context) const {
    const std::string file = corpus_.file().source() + ": ";
    if (maker_.cuts()) {
      const bool any = prompts_.count + answers_.count > 0;
      std::string text = file + "truncate cuts " + prompts_.text("prompts");
      if (prompts_.count > 0) text += " (" + prompts_.where() + ")";
      text += " and " + answers_.text("answers");
      if (answers_.count > 0) text += " (" + answers_.where() + ")";
      any ? context.warn(text) : context.info(text);
    }
    if (joined_.count > 0) {
      context.warn(file + "in " + joined_.text("answers that were looked at") + ", " +
                   joined_.where() +
                   ", the tokenizer would join what stands on both sides of a border of prompt, "
                   "answer or mark; rows have the tokens of each side by itself. A blank belongs "
                   "to the beginning of what follows it");
    }
    if (holds_special_.count > 0) {
      context.warn(file + holds_special_.text("texts that were looked at") + ", " +
                   holds_special_.where() + ", hold the text of bos or eos already");
    }
  }

 private:
  static std::string_view prompt_of(const Record& record) {
    return record[Column::prompt] ? std::string_view(*record[Column::prompt]) : "";
  }

  void look_at(const Record& record, int64_t line) {
    const std::string_view prompt = prompt_of(record);
    bool cuts_prompt = false;
    look_for_special(prompt, line);
    for (const Column column : kAnswers) {
      if (!record[column]) continue;
      look_for_special(*record[column], line);
      const Answer answer = corpus_.answer(record, column);
      RowMaker::Cut cut;
      if (!make(record, column, line, cut)) continue;
      cuts_prompt = cut.prompt;
      answers_.add(cut.answer, line);
      joined_.add(maker_.joins(prompt, answer), line);
    }
    if (!prompt.empty()) prompts_.add(cuts_prompt, line);
  }

  void count_cuts(const Record& record, int64_t line) {
    const std::string_view prompt = prompt_of(record);
    if (!prompt.empty()) prompts_.add(maker_.cuts_prompt(prompt), line);
    for (const Column column : kAnswers) {
      if (!record[column]) continue;
      RowMaker::Cut cut;
      if (maker_.may_cut_answer(*record[column]) && !make(record, column, line, cut)) continue;
      answers_.add(cut.answer, line);
    }
  }

  bool make(const Record& record, Column column, int64_t line, RowMaker::Cut& cut) {
    try {
      maker_.make({}, prompt_of(record), corpus_.answer(record, column), &cut);
      return true;
    } catch (const Error& error) {
      findings_.add(line, "'" + corpus_.name(column) + "': " + error.what());
      return false;
    }
  }

  void look_for_special(std::string_view text, int64_t line) {
    if (special_.empty() || text.empty()) return;
    holds_special_.add(std::ranges::any_of(special_,
                                           [&](const std::string& token) {
                                             return text.find(token) != std::string_view::npos;
                                           }),
                       line);
  }

  const Corpus& corpus_;
  const RowMaker& maker_;
  const std::vector<std::string>& special_;
  texts::Findings findings_;
  Count prompts_, answers_, joined_, holds_special_;
};

}  // namespace

void examine(const Corpus& corpus, const RowMaker& maker, const std::vector<std::string>& special,
             const Context& context) {
  Examination examination(corpus, maker, special);
  examination.run();
  examination.tell(context);
}

}  // namespace leakprobe::text_pairs
