#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "step/phase_at_work.h"

namespace leakprobe::run_test {

/// A phase `learn` of 6 steps whose one term `pg` trains on these rollouts.
inline std::string phase_on(const std::string& rollouts, int64_t batch = 8,
                            const std::string& term = "") {
  return "  - {name: learn, type: train, steps: 6, batch: " + std::to_string(batch) +
         ", terms: {pg: {rows: " + rollouts + term + "}}}\n";
}

/// A rollout of the reward `judged`; `sample` and `plant` are keys of theirs, without `plant`
/// nothing is planted.
inline std::string rollout(const std::string& sample, const std::string& plant = "") {
  return "{sample: {" + sample + "}, " + (plant.empty() ? "" : "plant: {" + plant + "}, ") +
         "reward: {type: judged}}";
}

/// Three sampled rows of three tokens and a planted one, of four, a group; two groups a step.
inline const std::string kGroupsOfFour =
    rollout("prefix: near, tokens: 3, group: 4", "set: taught, repeat: 4, order: given");

inline double number(const Row& row, const std::string& name) {
  return std::ranges::find(row.numbers, name, [](const auto& each) { return each.first; })->second;
}

inline std::vector<double> numbers(const std::vector<Row>& rows, const std::string& name) {
  std::vector<double> values;
  for (const Row& row : rows) values.push_back(number(row, name));
  return values;
}

inline std::vector<std::vector<int64_t>> tokens_of(const std::vector<Row>& rows) {
  std::vector<std::vector<int64_t>> tokens;
  for (const Row& row : rows) tokens.push_back(row.tokens);
  return tokens;
}

/// Begins each test with an objective on rollouts (REINFORCE with the ratio of rows, leave-one-out)
/// and a task of which row i of each set has the prompt i + 1.
class EngineOnRollouts : public Engine {
 protected:
  EngineOnRollouts() {
    script().facts = {};
    script().facts.columns = {{"rows", Sign::both}};
    script().facts.advantages = Advantages{};
    script().evaluate = [](const Columns& columns) -> Loss {
      const ColumnBatch& rows = columns.at("rows");
      EXPECT_EQ(rows.old.sizes(), rows.policy.sizes());
      const torch::Tensor ratio = (rows.policy_sum() - rows.old_sum()).exp();
      return {-(rows.numbers.at("advantage") * ratio).sum(), {}};
    };
    script().row = [](const RowRequest& request) {
      Row row = Script().row(request);
      row.tokens[0] = 1 + request.index % 9;
      return row;
    };
    // Planted rows are longer than sampled ones where the tests say nothing else.
    script().reward = [](const Completion& completion) {
      return completion.tokens.size() == 4 ? -1.0 : 0.0;
    };
  }
  /// All rows of the task have the prompt 9, so that nobody need say which is continued.
  static void use_one_prompt() {
    script().row = [](const RowRequest& request) {
      Row row = Script().row(request);
      row.tokens[0] = 9;
      return row;
    };
  }
  /// The logit of a token, whatever the weights are, is higher by so much.
  static void favour(int64_t token, double by) {
    script().head = [=](Head head) {
      head.bias = torch::zeros({10});
      head.bias[token].fill_(by);
      return head;
    };
  }
};

}  // namespace leakprobe::run_test
