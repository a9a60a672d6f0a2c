#include "exposure.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <set>
#include <span>

#include "../all_rows.h"
#include "leakprobe/error.h"
#include "leakprobe/plugin.h"

namespace leakprobe {
namespace {

/// Where a row stands among rows of the control.
struct Standing {
  double others = 0;  ///< R, rows of the control with another secret
  double high = 0;    ///< rank from the likeliest, 1 = likelier than all of them
  double low = 0;     ///< rank from the unlikeliest
};

/// Of exposure less that of the control, in bits, from which on it is worth a word.
constexpr double kMostBias = 0.01;

/// The mean exposure of what was never trained among `others` rows.
double null_mean(size_t others) {
  const auto r = static_cast<double>(others);
  return std::log2(r) - std::lgamma(r + 2) / std::numbers::ln2 / (r + 1);
}

[[noreturn]] void fail_alone(const Cell& control) {
  throw Error("exposure ranks each row among the other rows of '" + control.name() +
              "' behind prefix '" + control.prefix +
              "', and there are none; give the probe more 'rows'");
}

const ProbeCell& control_of(const ProbeCell& cell, const std::vector<ProbeCell>& cells) {
  LEAKPROBE_CHECK(cell.control && *cell.control < cells.size(),
                  "a cell came without its control, which the facts need");
  return cells[*cell.control];
}

/// Log-probabilities of the control's rows behind one prefix.
class Population {
 public:
  Population(const std::vector<Row>& rows, std::span<const double> scores)
      : sorted_(scores.begin(), scores.end()) {
    std::sort(sorted_.begin(), sorted_.end());
    for (size_t i = 0; i < rows.size(); ++i) by_secret_.emplace(rows[i].id(), scores[i]);
  }

  /// A row is not compared with itself, as the control's own would be. Ties count against it on
  /// both sides.
  Standing of(const Row& row, double score) const {
    const auto begin = sorted_.begin(), end = sorted_.end();
    Standing standing;
    standing.others = static_cast<double>(sorted_.size());
    standing.high = 1 + static_cast<double>(end - std::lower_bound(begin, end, score));
    standing.low = 1 + static_cast<double>(std::upper_bound(begin, end, score) - begin);
    const auto [first, last] = by_secret_.equal_range(row.id());
    for (auto same = first; same != last; ++same) {
      standing.others -= 1;
      standing.high -= same->second >= score;
      standing.low -= same->second <= score;
    }
    return standing;
  }

 private:
  std::vector<double> sorted_;
  std::multimap<uint64_t, double> by_secret_;
};

ProbeValue exposure_of(const ProbeCell& cell, std::span<const double> scores,
                       const Population& control, const Cell& control_cell) {
  ProbeValue value{cell.cell, 0, {}};
  double low = 0, p = 0, cap = 0;
  for (size_t i = 0; i < cell.rows.size(); ++i) {
    const Standing standing = control.of(cell.rows[i], scores[i]);
    if (standing.others < 1) fail_alone(control_cell);
    const double most = std::log2(standing.others);
    value.items.push_back(most - std::log2(standing.high));
    low += most - std::log2(standing.low);
    p += std::min(1.0, 2 * std::min(standing.high, standing.low) / (standing.others + 1));
    cap += most;
  }
  const auto rows = static_cast<double>(cell.rows.size());
  value.value = std::accumulate(value.items.begin(), value.items.end(), 0.0) / rows;
  value.aggregates = {low / rows, p / rows, cap / rows};
  return value;
}

}  // namespace

ProbeFacts Exposure::facts(const Options&) {
  using Direction = ProbeFacts::Direction;
  return {.log_probability = false,
          .unit = "bits",
          .direction = Direction::larger,
          .chance = kNullMean,
          .aggregates = {{"low", "bits", Direction::larger, kNullMean},
                         {"p", "two-sided p value", Direction::smaller, 0.5},
                         {"cap", "bits", Direction::larger, std::nullopt, false}},
          .needs_control = true};
}

void Exposure::check(const std::vector<ProbeCell>& cells, const std::optional<int64_t>&) const {
  size_t fewest = std::numeric_limits<size_t>::max();
  for (const ProbeCell& cell : cells) {
    const ProbeCell& control = control_of(cell, cells);
    std::set<uint64_t> secrets;
    for (const Row& row : control.rows) secrets.insert(row.id());
    const auto is_alone = [&](const Row& row) {
      return secrets.size() - secrets.count(row.id()) < 1;
    };
    if (std::any_of(cell.rows.begin(), cell.rows.end(), is_alone)) fail_alone(control.cell);
    fewest = std::min(fewest, secrets.size());
  }
  // The control's own rows are ranked among one fewer than the others.
  const double bias = null_mean(fewest) - null_mean(fewest - 1);
  if (bias < kMostBias) return;
  std::array<char, 32> bits;
  const char* end =
      std::to_chars(bits.data(), bits.data() + bits.size(), bias, std::chars_format::fixed, 2).ptr;
  context_.warn("the control has " + std::to_string(fewest) + " rows, of which exposure is by " +
                std::string(bits.data(), static_cast<size_t>(end - bits.data())) +
                " bits larger for every other set than for the control itself, although nothing "
                "leaks; give the probe more 'rows'");
}

std::vector<ProbeValue> Exposure::measure(ProbedModel& model,
                                          const std::vector<ProbeCell>& cells) const {
  const std::vector<const Row*> rows = all_rows(cells);
  const std::vector<std::vector<float>> scores = model.score(rows);
  LEAKPROBE_CHECK(scores.size() == rows.size(), "a model scored another number of rows");
  std::vector<double> sums;
  for (const auto& score : scores) sums.push_back(std::accumulate(score.begin(), score.end(), 0.0));

  std::vector<std::span<const double>> sums_of;
  size_t begin = 0;
  for (const ProbeCell& cell : cells) {
    LEAKPROBE_CHECK(!cell.rows.empty(), "a cell without rows was probed");
    sums_of.emplace_back(sums.data() + begin, cell.rows.size());
    begin += cell.rows.size();
  }
  std::map<size_t, Population> controls;
  std::vector<ProbeValue> values;
  for (size_t c = 0; c < cells.size(); ++c) {
    const ProbeCell& control = control_of(cells[c], cells);
    const auto found =
        controls.try_emplace(*cells[c].control, control.rows, sums_of[*cells[c].control]).first;
    values.push_back(exposure_of(cells[c], sums_of[c], found->second, control.cell));
  }
  return values;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Exposure>(
      "exposure",
      "Bits by which rows stand out among never-trained ones, at either end (Carlini 2019).");
}
