#include "step/not_finite.h"

#include <ATen/ATen.h>

#include "leakprobe/error.h"
#include "plugin/guard.h"
#include "step/scoring.h"
#include "step/term_runner.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

bool is_finite(const torch::Tensor& values) { return values.isfinite().all().item<bool>(); }

Columns item_of(const Columns& columns, const ObjectiveFacts& facts, int64_t item) {
  std::vector<std::pair<std::string, ColumnBatch>> parts;
  for (const ColumnNeed& need : facts.columns) {
    ColumnBatch part = columns.at(need.name);
    part.policy = part.policy.narrow(0, item, 1);
    part.mask = part.mask.narrow(0, item, 1);
    if (part.reference.defined()) part.reference = part.reference.narrow(0, item, 1);
    if (part.old.defined()) part.old = part.old.narrow(0, item, 1);
    for (auto& [name, values] : part.numbers) values = values.narrow(0, item, 1);
    parts.emplace_back(need.name, std::move(part));
  }
  return Columns(std::move(parts));
}

/// Names the first few of some rows.
class RowList {
 public:
  void add(const RowOrigin& origin) {
    if (++count_ > kNamed) return;
    text_ += (text_.empty() ? "" : ", ") + text_of(origin);
  }
  std::string text() const {
    return count_ <= kNamed ? text_ : text_ + " and " + std::to_string(count_ - kNamed) + " more";
  }

 private:
  static constexpr int kNamed = 3;
  int count_ = 0;
  std::string text_;
};

}  // namespace

std::string rows_not_finite(const TermRunner& term, const std::vector<const Pass*>& passes,
                            const std::vector<torch::Tensor>& values) {
  RowList rows;
  for (size_t p = 0; p < passes.size(); ++p) {
    const PackedRows& packed = passes[p]->rows;
    for (const Pass::Slice& slice : passes[p]->slices) {
      if (slice.term != &term) continue;
      for (size_t c = 0; c < term.columns().size(); ++c) {
        for (int64_t i = slice.begin; i < slice.end; ++i) {
          const int64_t row = slice.row(c, i);
          const int64_t from = packed.offset(row);
          if (is_finite(values[p].narrow(0, from, packed.offset(row + 1) - from))) continue;
          rows.add(term.columns()[c].origin(i));
        }
      }
    }
  }
  return rows.text();
}

void fail_loss(const TermRunner& term, const std::vector<const Pass*>& passes,
               const std::vector<torch::Tensor>& leaves, const LoadedModel& model) {
  const at::NoGradGuard no_gradients;
  if (const std::string rows = rows_not_finite(term, passes, leaves); !rows.empty()) {
    const std::string weight = model.first_not_finite();
    term.fail("the loss is not finite: the model gives no finite log-probability for " + rows +
              (weight.empty() ? "" : ", as its parameter " + quote(weight) + " is not finite") +
              "; lower optimizer.lr");
  }
  if (term.has_reference()) {
    std::vector<torch::Tensor> references;
    for (const Pass* pass : passes) references.push_back(pass->reference);
    if (const std::string rows = rows_not_finite(term, passes, references); !rows.empty()) {
      term.fail("the loss is not finite: the reference gives no finite log-probability for " +
                rows);
    }
  }
  // An objective that needs the whole batch says nothing of a single item.
  RowList rows;
  if (!term.needs_whole_batch()) {
    const Columns batch = *term.columns_of(passes, leaves);
    int64_t place = 0;
    for (const Pass* pass : passes) {
      for (const Pass::Slice& slice : pass->slices) {
        if (slice.term != &term) continue;
        for (int64_t i = slice.begin; i < slice.end; ++i) {
          const Columns item = item_of(batch, term.facts(), place++);
          if (is_finite(term.objective().evaluate(item).sum)) continue;
          rows.add(term.columns().front().origin(i));
        }
      }
    }
  }
  throw_plugin_error(term.plugin(), "its loss is not finite, though all log-probabilities are" +
                                        (rows.text().empty() ? "" : ", first at " + rows.text()) +
                                        "; take less extreme numbers for its options and rewards");
}

void fail_gradient(const std::vector<Pass>& passes, const std::vector<torch::Tensor>& gradients,
                   const Policy& policy, Updater& updater, const std::string& place) {
  const auto first = [&]() -> const Trained* {
    for (const Trained& parameter : updater.trained()) {
      const torch::Tensor gradient = parameter.value.grad();
      if (gradient.defined() && !is_finite(gradient)) return &parameter;
    }
    return nullptr;
  };
  const Trained* parameter = first();
  if (!parameter) {
    throw Error(place + ": the norm of the gradient is not finite in float32; lower optimizer.lr");
  }
  const std::string what = "the gradient of parameter " + quote(parameter->name) + " is not finite";
  StepTimes unused;
  for (size_t p = 0; p < passes.size(); ++p) {
    for (const Pass::Slice& slice : passes[p].slices) {
      for (size_t c = 0; c < slice.term->columns().size(); ++c) {
        const TermRunner::Column& column = slice.term->columns()[c];
        for (int64_t i = slice.begin; i < slice.end; ++i) {
          updater.drop_gradients();
          const int64_t row = slice.row(c, i);
          const int64_t from = passes[p].rows.offset(row);
          const PackedRows alone({&column.row(i)}, policy.device);
          log_probs(policy, alone, unused, passes[p].temperature)
              .backward(gradients[p].narrow(0, from, passes[p].rows.offset(row + 1) - from));
          if (!first()) continue;
          slice.term->fail(what + ", first at " + text_of(column.origin(i)) +
                           "; lower optimizer.lr");
        }
      }
    }
  }
  throw Error(place + ": " + what + ", though that of no single row is; lower optimizer.lr");
}

}  // namespace leakprobe
