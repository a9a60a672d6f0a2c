#include <algorithm>
#include <map>
#include <set>

#include "conformance/inputs.h"
#include "conformance/laws.h"
#include "leakprobe/kit/test_context.h"
#include "leakprobe/stream.h"
#include "plugin/contract.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe {
namespace {
namespace task_laws {

const TaskFacts& facts_of(const Subject& subject) { return subject.facts_as<TaskFacts>(); }

std::shared_ptr<const Tokenizer> tokenizer_for(const Subject& subject) {
  const TaskFacts& facts = facts_of(subject);
  if (!facts.needs_tokenizer) return nullptr;
  if (subject.tokenizer) return subject.tokenizer;
  return facts.vocabulary.empty() ? ascii_tokenizer() : make_word_vocabulary(facts.vocabulary);
}

/// A task and what it is asked for.
struct Made {
  explicit Made(const Subject& subject)
      : facts(facts_of(subject)),
        context(tokenizer_for(subject)),
        task(subject.make<Task>(context)) {}
  const TaskFacts& facts;
  const kit::TestContext context;
  const std::shared_ptr<Task> task;
};

/// As the engine draws them.
Row row_of(const Task& task, const SetFacts& set, const RowRequest& request) {
  const RandomStream stream(0, set.is_control() ? "control" : "set/" + set.name);
  return task.row(request, stream.at(static_cast<uint64_t>(request.index)));
}

/// Calls `visit` for the first items of each set, in each column.
template <class Visit>
void for_rows(const TaskFacts& facts, int64_t most, Visit visit) {
  for (const SetFacts& set : facts.sets) {
    std::vector<std::string> columns;
    for (const ColumnFacts& column : set.columns) columns.push_back(column.name);
    if (columns.empty()) columns.emplace_back();
    const int64_t count = std::min(set.size.value_or(most), most);
    for (int64_t i = 0; i < count; ++i) {
      for (const std::string& column : columns) visit(set, column, i);
    }
  }
}

/// A few rows are enough to see what a task does.
constexpr int64_t kFew = 4;
/// Secrets that are in two sets are seen in more.
constexpr int64_t kMany = 64;

std::vector<std::string> prefixes_of(const TaskFacts& facts) {
  std::vector<std::string> prefixes = facts.prefixes;
  prefixes.emplace_back(kNoPrefix);
  return prefixes;
}

/// Calls `visit` for each of those behind each prefix.
template <class Visit>
void for_requests(const TaskFacts& facts, Visit visit) {
  const std::vector<std::string> prefixes = prefixes_of(facts);
  for_rows(facts, kFew, [&](const SetFacts& set, const std::string& column, int64_t index) {
    for (const std::string& prefix : prefixes)
      visit(set, RowRequest{set.name, column, prefix, index});
  });
}

std::string bytes_of(const Row& row) {
  std::string bytes;
  for (size_t t = 0; t < row.tokens.size(); ++t) bytes += std::to_string(row.tokens[t]) + " ";
  for (const uint8_t scored : row.scored) bytes += static_cast<char>('0' + scored);
  bytes += " " + std::to_string(row.secret.begin) + " " + std::to_string(row.secret.end);
  for (const auto& [name, number] : row.numbers) {
    bytes += " " + name + "=" + to_json(Value(number));
  }
  return bytes;
}

void ask(Task& task, const TaskFacts& facts, Answers& answers) {
  for_requests(facts, [&](const SetFacts& set, const RowRequest& request) {
    answers.add(row_text(request, request.index), bytes_of(row_of(task, set, request)));
  });
}

void rows_fit(const Subject& subject, Findings& findings) {
  const Made made(subject);
  const auto tokenizer = made.context.tokenizer();
  const RowLimits limits{made.facts.longest_row,
                         tokenizer ? tokenizer->size() : made.facts.token_limit};
  for_requests(made.facts, [&](const SetFacts& set, const RowRequest& request) {
    const std::string fault = fault_of(row_of(*made.task, set, request), limits);
    findings.expect(fault.empty(), row_text(request, request.index) + ": " + fault);
  });
}

void one_secret(const Subject& subject, Findings& findings) {
  const Made made(subject);
  const std::vector<std::string> prefixes = prefixes_of(made.facts);
  for_rows(made.facts, kFew, [&](const SetFacts& set, const std::string& column, int64_t index) {
    std::set<uint64_t> ids;
    RowRequest request{set.name, column, "", index};
    for (const std::string& prefix : prefixes) {
      request.prefix = prefix;
      ids.insert(row_of(*made.task, set, request).id());
    }
    findings.expect(ids.size() == 1, "row " + std::to_string(index) + " of set '" + request.name() +
                                         "' has another secret behind another prefix");
  });
}

/// Whether the role of these rows is kept by keeping them out of other sets.
bool is_apart(const SetFacts& set, const std::string& column) {
  return set.is_control() || set.role_of(column).kind == Role::Kind::never_positive;
}

void roles(const Subject& subject, Findings& findings) {
  const Made made(subject);
  const std::string prefix = prefixes_of(made.facts).front();
  struct Place {
    std::string set, what;
    bool apart;
  };
  std::map<uint64_t, Place> known;
  for_rows(made.facts, kMany, [&](const SetFacts& set, const std::string& column, int64_t index) {
    // What fresh rows of the others come upon, chance decides.
    if (!set.size && !set.is_control()) return;
    const RowRequest request{set.name, column, prefix, index};
    const Place place{set.name, "row " + std::to_string(index) + " of '" + request.name() + "'",
                      is_apart(set, column)};
    const auto [other, is_new] = known.emplace(row_of(*made.task, set, request).id(), place);
    if (is_new || other->second.set == set.name || !(other->second.apart || place.apart)) return;
    findings.expect(false, "the secret of " + place.what + " is also that of " +
                               other->second.what +
                               ", although the role of one of them keeps it "
                               "out of training");
  });
}

}  // namespace task_laws
}  // namespace

KindKit task_kit() {
  using namespace task_laws;
  return {{{{"rows_fit",
             "A row has a mark for each token, does not score its first one, holds its secret, and "
             "keeps to what the facts say of lengths and token ids.",
             "leakprobe/rows.h"},
            rows_fit},
           {{"one_secret", "An item has the same secret behind every prefix.", "leakprobe/task.h"},
            one_secret},
           {{"roles",
             "What a role keeps out of training, the control and rows that may never be pushed up, "
             "is in no other set.",
             "leakprobe/task.h"},
            roles}},
          [](const Subject& subject) {
            const TaskFacts& facts = facts_of(subject);
            Interview talk = interview<Task>(
                subject, [&facts](Task& task, Answers& answers) { ask(task, facts, answers); });
            talk.tokenizer = tokenizer_for(subject);
            return talk;
          }};
}

}  // namespace leakprobe
