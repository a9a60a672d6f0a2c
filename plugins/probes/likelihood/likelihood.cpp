#include "likelihood.h"

#include <numeric>

#include "leakprobe/error.h"
#include "leakprobe/plugin.h"

namespace leakprobe {

std::vector<ProbeValue> Likelihood::measure(ProbedModel& model,
                                            const std::vector<ProbeCell>& cells) const {
  std::vector<const Row*> rows;
  for (const ProbeCell& cell : cells) {
    for (const Row& row : cell.rows) rows.push_back(&row);
  }
  const std::vector<std::vector<float>> scores = model.score(rows);
  LEAKPROBE_CHECK(scores.size() == rows.size(), "a model scored another number of rows");

  std::vector<ProbeValue> values;
  auto score = scores.begin();
  for (const ProbeCell& cell : cells) {
    LEAKPROBE_CHECK(!cell.rows.empty(), "a cell without rows was probed");
    ProbeValue value{cell.cell, 0.0, {}};
    double sum = 0.0;
    size_t tokens = 0;
    for (size_t i = 0; i < cell.rows.size(); ++i, ++score) {
      LEAKPROBE_CHECK(!score->empty(), "a row without scored tokens was probed");
      const double row_sum = std::accumulate(score->begin(), score->end(), 0.0);
      value.items.push_back(row_sum / static_cast<double>(score->size()));
      sum += row_sum;
      tokens += score->size();
    }
    value.value = sum / static_cast<double>(tokens);
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Likelihood>(
      "likelihood", "Mean log-probability per scored token, in nats (Roger 2023, equation 1).");
}
