#include <algorithm>
#include <set>

#include "leakprobe/stream.h"
#include "leakprobe/testing/test_context.h"
#include "plugin/conformance/findings.h"
#include "tokenizer/letter_vocabulary.h"

namespace leakprobe {
namespace {

bool equal(const Row& a, const Row& b) {
  return a.tokens == b.tokens && a.scored == b.scored && a.secret.begin == b.secret.begin &&
         a.secret.end == b.secret.end && a.numbers == b.numbers;
}

void check_row(const Row& row, const TaskFacts& facts, const Tokenizer& tokenizer,
               const std::string& where, Findings& findings) {
  const auto length = static_cast<int64_t>(row.tokens.size());
  if (!findings.expect(length > 0 && row.scored.size() == row.tokens.size(),
                       where + ": no tokens, or another number of scored marks")) {
    return;
  }
  findings.expect(length <= facts.longest_row, where + ": longer than facts.longest_row");
  findings.expect(row.scored.front() == 0, where + ": its first token is scored");
  findings.expect(std::find(row.scored.begin(), row.scored.end(), 1) != row.scored.end(),
                  where + ": no token is scored");
  findings.expect(
      0 <= row.secret.begin && row.secret.begin < row.secret.end && row.secret.end <= length,
      where + ": its secret is empty or outside the row");
  int64_t limit = facts.token_limit;
  if (facts.needs_tokenizer) limit = tokenizer.size();
  findings.expect(
      std::all_of(row.tokens.begin(), row.tokens.end(),
                  [&](int64_t token) { return token >= 0 && (limit == 0 || token < limit); }),
      where + ": a token is outside the vocabulary");
}

void check_facts(const TaskFacts& facts, Findings& findings) {
  findings.expect(!facts.sets.empty(), "facts: no sets");
  findings.expect(facts.longest_row > 0, "facts: longest_row is not above 0");
  findings.expect(!facts.chance || *facts.chance < 0, "facts: chance is not below 0");
  std::set<std::string> names;
  int64_t controls = 0;
  for (const SetFacts& set : facts.sets) {
    findings.expect(names.insert(set.name).second, "facts: set " + set.name + " is there twice");
    findings.expect(!set.size || *set.size > 0, "facts: set " + set.name + " is empty");
    controls += set.role.kind == Role::Kind::control;
  }
  findings.expect(controls <= 1, "facts: more than one control");
  for (const std::string& prefix : facts.prefixes) {
    findings.expect(prefix != kNoPrefix, "facts: the prefix name none is reserved");
  }
}

}  // namespace

void check_task(const Subject& subject, Findings& findings) {
  const auto facts = std::any_cast<TaskFacts>(subject.facts);
  check_facts(facts, findings);
  const auto tokenizer = make_letter_vocabulary(facts.vocabulary);
  const testing::TestContext context(facts.needs_tokenizer ? tokenizer : nullptr);
  const auto task = subject.make<Task>(context);
  const auto again = subject.make<Task>(context);
  std::vector<std::string> prefixes = facts.prefixes;
  prefixes.push_back(kNoPrefix);
  for (const SetFacts& set : facts.sets) {
    const RandomStream stream(0, "set/" + set.name);
    std::vector<std::string> columns;
    for (const ColumnFacts& column : set.columns) columns.push_back(column.name);
    if (columns.empty()) columns.push_back("");
    const int64_t count = std::min<int64_t>(set.size.value_or(4), 4);
    for (int64_t i = 0; i < count; ++i) {
      for (const std::string& column : columns) {
        std::set<uint64_t> ids;
        for (const std::string& prefix : prefixes) {
          const RowRequest request{set.name, column, prefix, i};
          const std::string where =
              "row " + std::to_string(i) + " of " + set.name + " with prefix " + prefix;
          const Random random = stream.at(static_cast<uint64_t>(i));
          const Row row = task->row(request, random);
          check_row(row, facts, *tokenizer, where, findings);
          findings.expect(
              equal(row, task->row(request, random)) && equal(row, again->row(request, random)),
              where + ": differs when it is asked for again");
          ids.insert(row.id());
        }
        findings.expect(ids.size() == 1, "row " + std::to_string(i) + " of " + set.name +
                                             ": its secret depends on the prefix");
      }
    }
  }
}

}  // namespace leakprobe
