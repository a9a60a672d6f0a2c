#include "step/term_runner.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "compose/columns.h"
#include "leakprobe/error.h"
#include "plugin/contract.h"
#include "plugin/guard.h"
#include "step/not_finite.h"
#include "step/policy.h"
#include "step/step_times.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// Stacks matrices of different widths, zero on the right.
torch::Tensor stack(const std::vector<torch::Tensor>& parts) {
  if (parts.size() == 1) return parts.front();
  int64_t width = 0;
  for (const torch::Tensor& part : parts) width = std::max(width, part.size(1));
  std::vector<torch::Tensor> padded;
  for (const torch::Tensor& part : parts) {
    padded.push_back(at::constant_pad_nd(part, {0, width - part.size(1)}));
  }
  return at::cat(padded);
}

std::set<std::string> names_of(const Row& row) {
  std::set<std::string> names;
  for (const auto& [name, number] : row.numbers) names.insert(name);
  return names;
}

/// A number that `names` has and `others` lack; "" where there is none.
std::string lacking(const std::set<std::string>& names, const std::set<std::string>& others) {
  for (const std::string& name : names) {
    if (others.count(name) == 0) return name;
  }
  return "";
}

double number_of(const Row& row, const std::string& name) {
  return std::ranges::find(row.numbers, name, [](const auto& each) { return each.first; })->second;
}

}  // namespace

std::string text_of(const RowOrigin& origin) {
  if (origin.is_sampled()) {
    return "sampled row " + std::to_string(origin.index) + " behind prefix '" +
           origin.source->prefix + "'";
  }
  return row_text(*origin.source, origin.index);
}

TermRunner::TermRunner(const ComposedPhase& phase, const ComposedTerm& term, TermParts parts,
                       Ledger& ledger)
    : phase_(phase), term_(term), parts_(std::move(parts)) {
  const Stream& stream = term.term.stream;
  for (const ColumnNeed& need : facts().columns) {
    const StreamColumn* column = column_for(facts(), need.name, stream);
    LEAKPROBE_CHECK(column != nullptr, "a term's stream lacks a column");
    stream_columns_.push_back(static_cast<size_t>(column - stream.columns.data()));
    std::vector<size_t> accounts;
    for (const ColumnNeed& account : accounts_of(term.term, need)) {
      if (trains()) accounts.push_back(ledger.open(phase, term, account.name, account.sign));
    }
    columns_.push_back({need, std::move(accounts), {}, {}});
  }
}

void TermRunner::draw(int64_t step, StepTimes& times) {
  step_ = step;
  loss_ = {};
  metrics_.clear();
  std::optional<Timed> sampling;
  if (parts_.rollouts != nullptr) sampling.emplace(times.sampling);
  std::vector<DrawnColumn> drawn = parts_.items->draw(step, stream_columns_);
  sampling.reset();
  for (size_t c = 0; c < columns_.size(); ++c) {
    Column& column = columns_[c];
    column.drawn = std::move(drawn[c]);
    for (size_t i = 0; i < column.drawn.rows.size(); ++i) {
      check_numbers(column, column.drawn.rows[i], column.drawn.origins[i]);
    }
  }
  items_ = static_cast<int64_t>(columns_.front().drawn.rows.size());
}

void TermRunner::check_numbers(Column& column, const Row& row, const RowOrigin& origin) const {
  const std::set<std::string> names = names_of(row);
  if (!column.carried) {
    const std::string missing =
        lacking({column.need.numbers.begin(), column.need.numbers.end()}, names);
    if (!missing.empty()) {
      fail(text_of(origin) + " has no number " + quote(missing) + ", which the objective reads");
    }
    column.carried = Column::Carried{names, text_of(origin)};
  }
  if (names == column.carried->names) return;
  const std::string missing = lacking(column.carried->names, names);
  const std::string added = lacking(names, column.carried->names);
  fail(missing.empty() ? column.carried->row + " has no number " + quote(added) + ", which " +
                             text_of(origin) + " has"
                       : text_of(origin) + " has no number " + quote(missing) + ", which " +
                             column.carried->row + " has");
}

torch::Tensor TermRunner::reference_log_probs(int64_t begin, int64_t end) const {
  if (parts_.rollouts != nullptr && !parts_.rollouts->is_new()) {
    const std::vector<std::vector<float>>& known = columns_.front().drawn.reference;
    std::vector<float> values;
    for (int64_t i = begin; i < end; ++i) {
      const std::vector<float>& own = known[static_cast<size_t>(i)];
      values.insert(values.end(), own.begin(), own.end());
    }
    return torch::tensor(values, torch::kFloat32);
  }
  std::vector<const Row*> rows;
  std::vector<bool> repeated;
  for (const Column& column : columns_) {
    for (int64_t i = begin; i < end; ++i) {
      rows.push_back(&column.row(i));
      repeated.push_back(term_.finite && !column.origin(i).is_sampled());
    }
  }
  return parts_.reference->log_probs(rows, repeated, temperature());
}

void TermRunner::settle(const std::vector<const Pass*>& passes,
                        const std::vector<torch::Tensor>& leaves) {
  if (parts_.rollouts == nullptr || !parts_.rollouts->is_new()) return;
  const auto values_of = [](const torch::Tensor& values) {
    const torch::Tensor own = values.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const float* data = own.const_data_ptr<float>();
    return std::vector<float>(data, data + own.numel());
  };
  for (size_t p = 0; p < passes.size(); ++p) {
    const bool has_own = std::ranges::any_of(
        passes[p]->slices, [this](const Pass::Slice& slice) { return slice.term == this; });
    if (!has_own) continue;
    const std::vector<float> policy = values_of(leaves[p]);
    const std::vector<float> reference =
        has_reference() ? values_of(passes[p]->reference) : std::vector<float>();
    for (const Pass::Slice& slice : passes[p]->slices) {
      if (slice.term != this) continue;
      for (int64_t i = slice.begin; i < slice.end; ++i) {
        const int64_t row = slice.row(0, i);
        const auto of_row = [&](const std::vector<float>& all) {
          if (all.empty()) return all;
          return std::vector<float>(all.begin() + passes[p]->rows.offset(row),
                                    all.begin() + passes[p]->rows.offset(row + 1));
        };
        parts_.rollouts->take_scores(i, of_row(policy), of_row(reference));
      }
    }
  }
  columns_.front().drawn = parts_.rollouts->drawn();
}

torch::Tensor TermRunner::kept(const Column& column, int64_t begin, int64_t end,
                               int64_t width) const {
  torch::Tensor values = torch::zeros({end - begin, width}, torch::kFloat32);
  float* data = values.mutable_data_ptr<float>();
  for (int64_t i = begin; i < end; ++i, data += width) {
    const std::vector<float>& own = column.drawn.old[static_cast<size_t>(i)];
    std::copy(own.begin(), own.end(), data);
  }
  return values;
}

std::optional<Columns> TermRunner::columns_of(const std::vector<const Pass*>& passes,
                                              const std::vector<torch::Tensor>& leaves) const {
  std::vector<std::pair<std::string, ColumnBatch>> columns;
  for (size_t c = 0; c < columns_.size(); ++c) {
    const Column& column = columns_[c];
    std::vector<torch::Tensor> policy, reference, mask, old;
    std::map<std::string, std::vector<float>> numbers;
    torch::Device device = torch::kCPU;
    for (size_t p = 0; p < passes.size(); ++p) {
      for (const Pass::Slice& slice : passes[p]->slices) {
        if (slice.term != this) continue;
        const int64_t begin = slice.first_rows[c];
        const int64_t end = begin + slice.end - slice.begin;
        const PackedRows& rows = passes[p]->rows;
        mask.push_back(rows.mask(begin, end));
        device = mask.back().device();
        if (!leaves.empty()) policy.push_back(rows.matrix(leaves[p], begin, end));
        if (!leaves.empty() && parts_.rollouts != nullptr) {
          // The first step is on the policy itself, whose gradient `old` does not carry.
          old.push_back(parts_.rollouts->is_new()
                            ? policy.back().detach()
                            : kept(column, slice.begin, slice.end, policy.back().size(1))
                                  .to(policy.back().device()));
        }
        if (has_reference()) reference.push_back(rows.matrix(passes[p]->reference, begin, end));
        for (const std::string& name : column.carried->names) {
          for (int64_t i = slice.begin; i < slice.end; ++i) {
            numbers[name].push_back(static_cast<float>(number_of(column.row(i), name)));
          }
        }
      }
    }
    if (mask.empty()) return std::nullopt;
    ColumnBatch batch;
    batch.mask = stack(mask);
    if (!policy.empty()) batch.policy = stack(policy);
    if (!reference.empty()) batch.reference = stack(reference);
    if (!old.empty()) batch.old = stack(old);
    for (const auto& [name, values] : numbers) {
      batch.numbers[name] = torch::tensor(values, torch::kFloat32).to(device);
    }
    columns.emplace_back(column.need.name, std::move(batch));
  }
  return Columns(std::move(columns));
}

void TermRunner::count(const std::vector<const Pass*>& passes) {
  const auto batch = columns_of(passes, {});
  if (batch) loss_.count = objective().count(*batch);
}

void TermRunner::evaluate(const std::vector<const Pass*>& passes,
                          const std::vector<torch::Tensor>& leaves, const Policy& policy) {
  settle(passes, leaves);
  const auto batch = columns_of(passes, leaves);
  if (!batch) return;
  const Loss loss = objective().evaluate(*batch);
  const auto value = loss.sum.item<double>();
  if (!std::isfinite(value)) fail_loss(*this, passes, leaves, policy.model);
  loss_.sum += value;
  for (const Loss::Metric& metric : loss.metrics) {
    const auto sum = metric.sum.item<double>();
    if (!std::isfinite(sum)) {
      throw_plugin_error(plugin(),
                         "its metric " + quote(metric.name) + " is not finite, though its loss is");
    }
    Mean& mean = metrics_[metric.name];
    mean.sum += sum;
    mean.count += metric.count.value_or(static_cast<double>(batch->items()));
  }
  const double factor = weight() / loss_.count;
  if (!std::isfinite(static_cast<float>(factor * value))) {
    fail("the weighted loss is not finite in float32; lower the term's weight");
  }
  if (!loss.sum.requires_grad()) return;
  guarded([&] { return plugin(); }, [&] { (loss.sum * factor).backward(); });
}

std::map<std::string, double> TermRunner::means() const {
  std::map<std::string, double> means{{"loss", loss_.sum / loss_.count}};
  for (const auto& [name, mean] : metrics_) {
    if (mean.count > 0) means[name] = mean.sum / mean.count;
  }
  if (parts_.rollouts != nullptr) {
    for (const auto& [name, mean] : parts_.rollouts->metrics()) means[name] = mean;
  }
  for (const auto& [name, value] : means) {
    if (!std::isfinite(value)) fail(quote(name) + " is not finite as a mean");
  }
  return means;
}

std::vector<SampleRecord> TermRunner::samples(int64_t groups) const {
  if (parts_.rollouts == nullptr) return {};
  std::vector<SampleRecord> samples;
  for (size_t row = 0; row < static_cast<size_t>(items_); ++row) {
    SampleRecord sample = parts_.rollouts->sample(row);
    if (sample.group >= groups) break;
    sample.phase = phase_.name;
    sample.step = step_;
    sample.term = name();
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::string TermRunner::plugin() const {
  const PluginChoice& choice = *term_.term.objective;
  return plugin_text(choice.kind, choice.type, choice.path);
}

void TermRunner::fail(const std::string& what) const {
  throw Error("phase '" + phase_.name + "', step " + std::to_string(step_) + ", term '" + name() +
              "', " + plugin() + ": " + what);
}

}  // namespace leakprobe
