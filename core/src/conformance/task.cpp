#include <algorithm>
#include <set>

#include "conformance/findings.h"
#include "leakprobe/stream.h"
#include "leakprobe/testing/test_context.h"
#include "plugin/contract.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe {
namespace {

bool equal(const Row& a, const Row& b) {
  return a.tokens == b.tokens && a.scored == b.scored && a.secret.begin == b.secret.begin &&
         a.secret.end == b.secret.end && a.numbers == b.numbers;
}

}  // namespace

void check_task(const Subject& subject, Findings& findings) {
  const auto facts = std::any_cast<TaskFacts>(subject.facts);
  const auto tokenizer =
      facts.vocabulary.empty() ? ascii_tokenizer() : make_word_vocabulary(facts.vocabulary);
  const testing::TestContext context(facts.needs_tokenizer ? tokenizer : nullptr);
  const RowLimits limits{facts.longest_row,
                         facts.needs_tokenizer ? tokenizer->size() : facts.token_limit};
  const auto task = subject.make<Task>(context);
  const auto again = subject.make<Task>(context);
  std::vector<std::string> prefixes = facts.prefixes;
  prefixes.push_back(kNoPrefix);
  for (const SetFacts& set : facts.sets) {
    findings.expect(!set.size || *set.size > 0, "facts: set " + set.name + " is empty");
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
          const std::string fault = fault_of(row, limits);
          findings.expect(fault.empty(), where + ": " + fault);
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
