#include "report/figures/rewards.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "format/csv.h"
#include "records/step_record.h"
#include "report/figures/curve_csv.h"
#include "report/figures/curve_parts.h"
#include "report/figures/parts.h"

namespace leakprobe {
namespace {

using Series = GroupCurves::Series;

/// Every series of the group.
template <class Visit>
void for_each_series(const GroupCurves& curves, const Visit& visit) {
  for (const GroupCurves::Run& run : curves.runs) {
    for (const Series& series : run.series) visit(series);
  }
}

/// A row a mean over steps that is drawn by itself (of the first runs), then a row a mean of these
/// over the VALID runs.
std::string rewards_csv(const GroupCurves& curves) {
  std::string csv = csv_line({"row", "seed", "verdict", "phase", "step", "training_step", "term",
                              "metric", "value", "runs"});
  const auto add = [&](const char* row, const Value& seed, const std::string& verdict, size_t p,
                       int64_t step, const std::string& term, const std::string& metric,
                       double value, int64_t runs) {
    const GroupCurves::Phase& phase = curves.phases[p];
    csv += csv_line({row, seed, verdict, phase.name, step, phase.start + step + 1, term, metric,
                     rounded(value), runs});
  };
  using Key = std::tuple<std::string, std::string, size_t, int64_t>;  // term, metric, phase, step
  std::map<Key, std::pair<double, int64_t>> sums;
  for (size_t r = 0; r < curves.runs.size(); ++r) {
    const GroupCurves::Run& run = curves.runs[r];
    for (const auto& [phase, term, metric, means] : run.series) {
      for (const StepMeans::Point& point : means.points()) {
        if (r < kMostThinLines) {
          add("seed", run.seed, run.verdict, phase, point.step, term, metric, point.value, 1);
        }
        if (!run.valid) continue;
        auto& [sum, runs] = sums[{term, metric, phase, point.step}];
        sum += point.value;
        ++runs;
      }
    }
  }
  for (const auto& [key, sum] : sums) {
    const auto& [term, metric, phase, step] = key;
    add("mean", {}, "", phase, step, term, metric, sum.first / static_cast<double>(sum.second),
        sum.second);
  }
  return csv;
}

/// In order of appearance.
std::vector<std::string> terms_of(const GroupCurves& curves) {
  std::vector<std::string> terms;
  for_each_series(curves, [&](const Series& series) {
    if (std::find(terms.begin(), terms.end(), series.term) == terms.end()) {
      terms.push_back(series.term);
    }
  });
  return terms;
}

bool has_metric(const GroupCurves& curves, const std::string& metric) {
  bool found = false;
  for_each_series(curves, [&](const Series& series) { found = found || series.metric == metric; });
  return found;
}

std::vector<double> values_of(const GroupCurves& curves, const std::string& metric) {
  std::vector<double> values;
  for_each_series(curves, [&](const Series& series) {
    if (series.metric != metric) return;
    for (const StepMeans::Point& point : series.means.points()) values.push_back(point.value);
  });
  return values;
}

/// KL and suppression are distances from the reference, where training begins, and have it on their
/// axis; a reward of 0 means nothing by itself.
OrderedJson axis_scale(const std::string& metric) {
  return {{"padding", 10}, {"zero", metric != kTellingMetrics.front()}};
}

std::string axis_title(const std::string& metric) {
  return metric == "kl"            ? "KL, nats a token"
         : metric == "suppression" ? "suppression, nats a row"
                                   : metric;
}

OrderedJson panel(const GroupCurves& curves, const std::string& metric) {
  const int64_t total = curves.total_steps();
  const std::string zoomed = "zoom_" + metric;
  OrderedJson position = {
      {"x", step_axis("training_step", "training step", {{"domain", {0, total}}, {"nice", false}})},
      {"y", quantitative("value", axis_title(metric),
                         scale_around(values_of(curves, metric), axis_scale(metric)))},
      {"color", series_color(terms_of(curves), "term")}};
  const auto encoded = [&](const OrderedJson& more) {
    OrderedJson encoding = position;
    encoding.update(more);
    return encoding;
  };
  const auto rows = [&](const char* row) {
    return Filters{has_value("metric", metric), has_value("row", row)};
  };
  std::vector<PhaseMark> marks;
  for (const GroupCurves::Phase& phase : curves.phases) {
    if (phase.steps > 0) marks.push_back({phase.start, phase.name});
  }
  OrderedJson layers = OrderedJson::array();
  add_phases(layers, marks, total, zoomed);
  layers.push_back(filtered_layer(
      {{"type", "line"}, {"strokeWidth", 1}, {"strokeOpacity", 0.35}},
      encoded({{"detail", fields({"seed", "phase"})},
               {"tooltip", {field("seed"), field("verdict"), field("term"), field("phase")}}}),
      rows("seed")));
  layers.back()["params"] = OrderedJson::array({zoom(zoomed)});
  layers.push_back(filtered_layer({{"type", "line"}, {"strokeWidth", 2.75}},
                                  encoded({{"detail", fields({"phase"})}}), rows("mean")));
  const OrderedJson tip = {field("term"), field("phase"), number("step"),
                           number("value", "+.3f", "mean"), number("runs", "d", "VALID runs")};
  layers.push_back(
      filtered_layer({{"type", "point"}, {"filled", true}, {"size", 120}, {"fillOpacity", 0}},
                     encoded({{"tooltip", tip}}), rows("mean")));
  return {{"width", kCurvesWidth}, {"height", 180}, {"layer", layers}};
}

std::string caption_of(const GroupCurves& curves) {
  int64_t width = 1;
  for_each_series(curves,
                  [&](const Series& series) { width = std::max(width, series.means.width()); });
  const auto valid = std::count_if(curves.runs.begin(), curves.runs.end(),
                                   [](const GroupCurves::Run& run) { return run.valid; });
  std::string text =
      "Of each term whose rows the policy makes: the mean reward of its sampled rows, the distance "
      "to the "
      "reference, and how far planted rows lie below it; bold: the mean of " +
      std::to_string(valid) + " VALID run" + (valid == 1 ? "" : "s") + ", thin: each seed";
  if (kMostThinLines < curves.runs.size()) {
    text += " (the first " + std::to_string(kMostThinLines) + " of " +
            std::to_string(curves.runs.size()) + ")";
  }
  text += ".";
  if (width > 1) text += " A point is the mean of up to " + std::to_string(width) + " steps.";
  return text;
}

}  // namespace

std::optional<Figure> rewards_figure(const std::string& label, const GroupCurves& curves,
                                     const std::string& name) {
  if (!has_metric(curves, kTellingMetrics.front())) return std::nullopt;
  Figure figure;
  figure.name = name;
  figure.title = "Training on rollouts: " + label;
  figure.caption = caption_of(curves);
  figure.csv = rewards_csv(curves);
  OrderedJson panels = OrderedJson::array();
  for (const char* metric : kTellingMetrics) {
    if (has_metric(curves, metric)) panels.push_back(panel(curves, metric));
  }
  figure.spec = new_spec(
      figure.title, "reward, KL and suppression of each batch", figure.csv,
      {{"step", "number"}, {"training_step", "number"}, {"value", "number"}, {"runs", "number"}});
  figure.spec["vconcat"] = panels;
  return figure;
}

}  // namespace leakprobe
