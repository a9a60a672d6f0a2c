#include "plugin/facts_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <set>
#include <vector>

#include "leakprobe/model.h"
#include "leakprobe/objective.h"
#include "leakprobe/probe.h"
#include "leakprobe/reward.h"
#include "leakprobe/rollout.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// What is wrong with names that have to differ; `what` is such as "a column".
std::string fault_of_names(const std::vector<std::string>& names, const std::string& what) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (name.empty()) return "its facts give " + what + " an empty name";
    if (!seen.insert(name).second) {
      return "its facts name " + what + " twice: " + quote(name);
    }
  }
  return "";
}

std::string first_of(std::initializer_list<std::string> faults) {
  for (const std::string& fault : faults) {
    if (!fault.empty()) return fault;
  }
  return "";
}

std::string fault_of(const Advantages& advantages, const ObjectiveFacts& facts) {
  if (!(std::isfinite(advantages.kl) && advantages.kl >= 0)) {
    return fmt::format("its facts give advantages the kl {}, which is not a number of at least 0",
                       advantages.kl);
  }
  if (facts.columns.size() != 1) {
    return fmt::format("its facts have advantages and {} columns: rollouts are one",
                       facts.columns.size());
  }
  if (advantages.kl != 0 && !facts.needs_reference) {
    return "its facts take a divergence from the reference off the rewards and need no reference: "
           "say it in ObjectiveFacts::needs_reference";
  }
  return "";
}

std::string fault_of_metrics(const ObjectiveFacts& facts) {
  for (const std::string& name : facts.metrics) {
    const bool is_of_rollouts = facts.advantages && std::ranges::count(kRolloutMetrics, name) > 0;
    if (name == "loss" || is_of_rollouts) {
      return "its facts name the metric " + quote(name) + ", which the engine reports itself";
    }
  }
  return fault_of_names(facts.metrics, "a metric");
}

std::string fault_of(const ObjectiveFacts& facts) {
  if (facts.columns.empty()) {
    return "its facts name no column: say in ObjectiveFacts::columns what it takes";
  }
  std::vector<std::string> columns;
  for (const ColumnNeed& need : facts.columns) columns.push_back(need.name);
  return first_of({fault_of_names(columns, "a column"), fault_of_metrics(facts),
                   facts.advantages ? fault_of(*facts.advantages, facts) : ""});
}

std::string fault_of_prefixes(const Role& role, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : role.prefixes) {
    if (prefix != kNoPrefix && std::count(prefixes.begin(), prefixes.end(), prefix) == 0) {
      return "a role behind the prefix " + quote(prefix) + ", which they do not name";
    }
  }
  return "";
}

/// Whether a name is what a part of another set is called, as in train[12:24].
bool is_name_of_part(const std::string& name) {
  static const std::regex part(R"(.*\[[0-9]+:[0-9]+\])");
  return std::regex_match(name, part);
}

std::string fault_of(const SetFacts& set, const std::vector<std::string>& prefixes) {
  const std::string whose = "its facts give set " + quote(set.name) + " ";
  if (is_name_of_part(set.name)) {
    return whose + "a name that parts of sets have: none ends like [0:2]";
  }
  if (set.size && *set.size < 0) return whose + "the size " + std::to_string(*set.size);
  std::string fault = fault_of_prefixes(set.role, prefixes);
  std::vector<std::string> columns;
  for (const ColumnFacts& column : set.columns) {
    columns.push_back(column.name);
    if (is_name_of_part(column.name)) {
      return whose + "a column whose name parts of sets have: none ends like [0:2]";
    }
    if (!column.role) continue;
    if (column.role->kind == Role::Kind::control) {
      fault = "a column that is the control: only whole sets are";
    } else if (fault.empty()) {
      fault = fault_of_prefixes(*column.role, prefixes);
    }
  }
  if (!fault.empty()) return whose + fault;
  return fault_of_names(columns, "a column of set " + quote(set.name));
}

std::string fault_of(const TaskFacts& facts) {
  if (facts.sets.empty()) return "its facts name no set: say in TaskFacts::sets where rows are";
  std::vector<std::string> sets;
  int64_t controls = 0;
  for (const SetFacts& set : facts.sets) {
    sets.push_back(set.name);
    // What a file would write for a column of it.
    for (const ColumnFacts& column : set.columns) sets.push_back(set.name + "." + column.name);
    controls += set.is_control();
  }
  if (controls > 1) return "its facts make more than one set the control";
  const std::string names =
      first_of({fault_of_names(sets, "a set"), fault_of_names(facts.prefixes, "a prefix"),
                fault_of_names(facts.vocabulary, "a text of the vocabulary")});
  if (!names.empty()) return names;
  if (std::count(facts.prefixes.begin(), facts.prefixes.end(), kNoPrefix) != 0) {
    return "its facts name the prefix '" + std::string(kNoPrefix) +
           "', which stands for rows without one";
  }
  for (const SetFacts& set : facts.sets) {
    const std::string fault = fault_of(set, facts.prefixes);
    if (!fault.empty()) return fault;
  }
  if (facts.chance && !(std::isfinite(*facts.chance) && *facts.chance <= 0)) {
    return "its facts give a chance of " + std::to_string(*facts.chance) +
           ", which is no mean log-probability";
  }
  if (facts.longest_row < (facts.needs_tokenizer ? 0 : 1)) {
    return "its facts give the longest row " + std::to_string(facts.longest_row) +
           " tokens: say in TaskFacts::longest_row how many it may have";
  }
  if (facts.token_limit < 0) {
    return "its facts give the token limit " + std::to_string(facts.token_limit);
  }
  return "";
}

std::string fault_of(const ModelFacts& facts) {
  const auto fault = [](const char* what, int64_t number, int64_t least) {
    return number >= least ? ""
                           : "its facts give " + std::string(what) + " " + std::to_string(number);
  };
  return first_of({fault("the hidden size", facts.hidden_size, 1),
                   fault("the number of blocks", facts.blocks, 0),
                   fault("the number of positions", facts.max_positions, 0)});
}

std::string fault_of(const ProbeFacts& facts) {
  using Direction = ProbeFacts::Direction;
  std::vector<std::string> names;
  for (const ProbeFacts::Aggregate& each : facts.aggregates) {
    names.push_back(each.name);
    if (each.direction == Direction::either && !each.chance) {
      return "its facts let leaks of " + quote(each.name) +
             " lie on either side of chance, and give no chance";
    }
  }
  return fault_of_names(names, "an aggregate");
}

std::string fault_of(const RewardFacts& facts) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<std::string> names;
  for (const RewardFacts::Rows& rows : facts.rows) {
    names.push_back(rows.name);
    if (rows.sign == Sign::none) {
      return "its facts say that rows of " + quote(rows.name) +
             " are worth neither more nor less than other text: leave them out";
    }
  }
  if (const std::string fault = fault_of_names(names, "rows"); !fault.empty()) return fault;
  if (facts.first_tokens && *facts.first_tokens < 1) {
    return fmt::format("its facts go by the first {} tokens of a secret: say at least 1",
                       *facts.first_tokens);
  }
  const bool holds_a_number =
      facts.least <= facts.most && facts.least < kInfinity && facts.most > -kInfinity;
  if (!holds_a_number) {
    return fmt::format("its facts let values lie between {} and {}, where no number is",
                       facts.least, facts.most);
  }
  return "";
}

}  // namespace

std::string fault_of_facts(Kind kind, const std::any& facts) {
  switch (kind) {
    case Kind::objective:
      return fault_of(std::any_cast<const ObjectiveFacts&>(facts));
    case Kind::task:
      return fault_of(std::any_cast<const TaskFacts&>(facts));
    case Kind::model:
      return fault_of(std::any_cast<const ModelFacts&>(facts));
    case Kind::probe:
      return fault_of(std::any_cast<const ProbeFacts&>(facts));
    case Kind::reward:
      return fault_of(std::any_cast<const RewardFacts&>(facts));
    default:
      return "";
  }
}

}  // namespace leakprobe
