#include "plugin/contract.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "text/counted.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

std::string shape_text(const torch::Tensor& tensor) {
  std::string text;
  for (const int64_t size : tensor.sizes())
    text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

/// Claims and gates take differences of what probes give, which must be finite too.
bool is_comparable(double value) { return std::abs(value) <= 1e300; }

bool is_scalar(const torch::Tensor& tensor) { return tensor.defined() && tensor.dim() == 0; }

std::string fault_of_numbers(const Row& row) {
  std::set<std::string> names;
  for (const auto& [name, number] : row.numbers) {
    if (name.empty()) return "a number of it has no name";
    if (!names.insert(name).second) return "it has two numbers of the name " + quote(name);
    if (!std::isfinite(static_cast<float>(number))) {
      return fmt::format("its number {} is {}, which is not finite in float32", quote(name),
                         number);
    }
  }
  return "";
}

}  // namespace

std::string row_text(const RowsOf& rows, int64_t index) {
  return fmt::format("row {} of set {} behind prefix {}", index, quote(rows.name()),
                     quote(rows.prefix));
}

std::string fault_of(const Row& row, const RowLimits& limits) {
  const auto length = static_cast<int64_t>(row.tokens.size());
  if (length == 0) return "it has no tokens";
  if (row.scored.size() != row.tokens.size()) {
    return fmt::format("it has {} tokens and {} marks of what is scored", length,
                       row.scored.size());
  }
  if (limits.longest_row > 0 && length > limits.longest_row) {
    return fmt::format("it has {} tokens, more than the longest_row of {} in the task's facts",
                       length, limits.longest_row);
  }
  if (limits.positions > 0 && length > limits.positions) {
    return fmt::format("it has {} tokens, and the model {} positions: shorten it", length,
                       limits.positions);
  }
  if (std::ranges::max(row.scored) > 1) return "a mark of what is scored is neither 0 nor 1";
  if (row.scored.front() != 0) return "its first token is scored, and nothing stands before it";
  if (std::ranges::max(row.scored) == 0) return "no token of it is scored";
  if (row.secret.begin < 0 || row.secret.begin >= row.secret.end || row.secret.end > length) {
    return fmt::format("its secret [{}, {}) is empty or outside of its {} tokens", row.secret.begin,
                       row.secret.end, length);
  }
  const auto [least, largest] = std::ranges::minmax(row.tokens);
  if (least < 0) return fmt::format("its token {} is below 0", least);
  if (limits.token_limit > 0 && largest >= limits.token_limit) {
    return fmt::format("its token {} is not below {}, the limit of tokens", largest,
                       limits.token_limit);
  }
  return fault_of_numbers(row);
}

std::string fault_of(const Loss& loss, const ObjectiveFacts& facts, bool differentiable) {
  if (!loss.sum.defined()) return "evaluate gave no loss";
  if (!is_scalar(loss.sum)) {
    return "evaluate gave a loss of the shape " + shape_text(loss.sum) +
           " where a scalar is due; sum it over the items";
  }
  if (differentiable && !loss.sum.requires_grad()) {
    return "evaluate gave a loss that carries no gradient; compute it from the columns' policy";
  }
  std::set<std::string> reported;
  for (const Loss::Metric& metric : loss.metrics) {
    const std::string name = quote(metric.name);
    if (std::ranges::find(facts.metrics, metric.name) == facts.metrics.end()) {
      return "evaluate reports the metric " + name + ", which its facts do not declare";
    }
    if (!reported.insert(metric.name).second)
      return "evaluate reports the metric " + name + " twice";
    if (!is_scalar(metric.sum)) return "evaluate reports the metric " + name + " as no scalar";
    if (metric.count && !(std::isfinite(*metric.count) && *metric.count >= 0)) {
      return fmt::format("evaluate reports the metric {} with the count {}", name, *metric.count);
    }
  }
  for (const std::string& name : facts.metrics) {
    if (reported.count(name) > 0) continue;
    return "evaluate does not report the metric " + quote(name) + ", which its facts declare";
  }
  return "";
}

std::string fault_of_count(double count) {
  if (std::isfinite(count) && count > 0) return "";
  return fmt::format("count gave {}, which is not a number above 0", count);
}

namespace {

/// Of a cell's aggregates and of what it has along the axis.
std::string fault_of_further(const ProbeValue& value, const ProbeFacts& facts) {
  if (value.aggregates.size() != facts.aggregates.size()) {
    return fmt::format("gave {} aggregates where the facts name {}", value.aggregates.size(),
                       facts.aggregates.size());
  }
  for (size_t a = 0; a < value.aggregates.size(); ++a) {
    if (is_comparable(value.aggregates[a])) continue;
    return fmt::format("gave {} for {}", value.aggregates[a], facts.aggregates[a].name);
  }
  if (value.along.empty() != facts.axis.empty()) {
    return facts.axis.empty() ? "gave values along an axis that the facts do not name"
                              : "gave nothing along its axis, " + facts.axis;
  }
  for (size_t p = 0; p < value.along.size(); ++p) {
    const ProbeValue::Point& point = value.along[p];
    if (!is_comparable(point.at) || !is_comparable(point.value)) {
      return fmt::format("gave {} at {} {}", point.value, facts.axis, point.at);
    }
    if (p > 0 && !(value.along[p - 1].at < point.at)) {
      return fmt::format("gave {} {} behind {}", facts.axis, point.at, value.along[p - 1].at);
    }
  }
  return "";
}

}  // namespace

std::string fault_of(const std::vector<ProbeValue>& values, const std::vector<ProbeCell>& cells,
                     const ProbeFacts& facts) {
  if (values.size() != cells.size()) {
    return fmt::format("measure gave {} values for {} cells", values.size(), cells.size());
  }
  for (size_t c = 0; c < cells.size(); ++c) {
    const Cell& cell = cells[c].cell;
    const std::string where =
        "measure of set " + quote(cell.name()) + " behind prefix " + quote(cell.prefix);
    if (values[c].cell != cell) return where + " gave the value of another cell";
    if (values[c].items.size() != cells[c].rows.size()) {
      return fmt::format("{} gave {} items for {} rows", where, values[c].items.size(),
                         cells[c].rows.size());
    }
    for (size_t i = 0; i < values[c].items.size(); ++i) {
      if (is_comparable(values[c].items[i])) continue;
      const int64_t first = cell.items ? (*cell.items)[0] : 0;
      return fmt::format("{} gave {} for row {}", where, values[c].items[i],
                         first + static_cast<int64_t>(i));
    }
    if (!is_comparable(values[c].value)) {
      return fmt::format("{} gave the value {}", where, values[c].value);
    }
    if (std::string fault = fault_of_further(values[c], facts); !fault.empty()) {
      return where + " " + fault;
    }
  }
  return "";
}

std::string fault_of_trainable(const std::vector<bool>& trainable, size_t parameters) {
  if (trainable.size() == parameters) return "";
  return fmt::format("trainable gave {} answers for {} parameters", trainable.size(), parameters);
}

std::string fault_of_bytes(const char* function, const std::string& bytes, const SinkFacts& facts) {
  if (bytes.empty() || !facts.file.empty()) return "";
  return fmt::format("{} gave {} although its facts name no file", function,
                     counted(bytes.size(), "byte"));
}

std::string fault_of_factor(double factor) {
  if (std::isfinite(factor) && factor >= 0) return "";
  return fmt::format("factor gave {}, which is not a number of at least 0", factor);
}

std::string fault_of_reward(double reward, const RewardFacts& facts) {
  if (!std::isfinite(static_cast<float>(reward))) {
    return fmt::format("gave the reward {}, which is not finite in float32", reward);
  }
  if (reward >= facts.least && reward <= facts.most) return "";
  return fmt::format("gave the reward {}, which is not between the {} and {} of its facts", reward,
                     facts.least, facts.most);
}

std::string fault_of_rate(double rate) {
  if (std::isfinite(rate) && rate >= 0) return "";
  return fmt::format("learning_rate gave {}, which is not a number of at least 0", rate);
}

std::string fault_of_clip_norm(double norm) {
  if (norm > 0) return "";
  return fmt::format("clip_norm gave {}, which is not above 0", norm);
}

std::string fault_of_states(const char* function, const torch::Tensor& states, int64_t rows,
                            int64_t tokens, int64_t width) {
  if (!states.defined()) return std::string(function) + " gave nothing";
  if (states.dim() == 3 && states.size(0) == rows && states.size(1) == tokens &&
      states.size(2) == width) {
    return "";
  }
  return fmt::format("{} gave the shape {} where it is [{}, {}, {}]", function, shape_text(states),
                     rows, tokens, width);
}

std::string fault_of(const Head& head, int64_t vocabulary, int64_t width) {
  if (!head.weight.defined()) return "head gave no weight";
  if (head.weight.dim() != 2 || head.weight.size(0) != vocabulary || head.weight.size(1) != width) {
    return fmt::format(
        "head gave a weight of the shape {} for a vocabulary of {} and a width of {}",
        shape_text(head.weight), vocabulary, width);
  }
  if (head.bias.defined() && (head.bias.dim() != 1 || head.bias.size(0) != vocabulary)) {
    return fmt::format("head gave a bias of the shape {} for a vocabulary of {}",
                       shape_text(head.bias), vocabulary);
  }
  return "";
}

}  // namespace leakprobe
