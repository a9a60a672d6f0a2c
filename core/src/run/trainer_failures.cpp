// What a step says where a number is not finite. Nothing here is reached in a good step, so that it
// may compute again what it needs to know.

#include <ATen/ATen.h>

#include "format/quote.h"
#include "leakprobe/error.h"
#include "run/trainer_parts.h"

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

void Trainer::fail(const std::string& what, const TermState* term) const {
  std::string where = "phase '" + phase_.name + "', step " + std::to_string(step_);
  if (term) where += ", term '" + term->composed.term.name + "', " + term->objective();
  throw Error(where + ": " + what);
}

std::string Trainer::rows_not_finite(const TermState& term, const std::vector<const Pack*>& packs,
                                     const std::vector<torch::Tensor>& values) const {
  RowList rows;
  for (size_t p = 0; p < packs.size(); ++p) {
    const PackedRows& packed = packs[p]->rows;
    for (const Pack::Slice& slice : packs[p]->slices) {
      if (slice.term != &term) continue;
      for (size_t c = 0; c < term.columns.size(); ++c) {
        for (int64_t i = slice.begin; i < slice.end; ++i) {
          const int64_t row = slice.first_rows[c] + i - slice.begin;
          const int64_t from = packed.offset(row);
          if (is_finite(values[p].narrow(0, from, packed.offset(row + 1) - from))) continue;
          rows.add(term.columns[c].origins[static_cast<size_t>(i)]);
        }
      }
    }
  }
  return rows.text();
}

void Trainer::fail_loss(const TermState& term, const std::vector<const Pack*>& packs,
                        const std::vector<torch::Tensor>& leaves) const {
  const at::NoGradGuard no_gradients;
  if (const std::string rows = rows_not_finite(term, packs, leaves); !rows.empty()) {
    const std::string weight = model_.first_not_finite();
    fail("the loss is not finite: the model gives no finite log-probability for " + rows +
             (weight.empty() ? "" : ", as its parameter " + quote(weight) + " is not finite") +
             "; lower optimizer.lr",
         &term);
  }
  if (term.instances.reference) {
    std::vector<torch::Tensor> references;
    for (const Pack* pack : packs) references.push_back(pack->reference);
    if (const std::string rows = rows_not_finite(term, packs, references); !rows.empty()) {
      fail("the loss is not finite: the reference gives no finite log-probability for " + rows,
           &term);
    }
  }
  // An objective that needs the whole batch says nothing of a single item.
  RowList rows;
  if (term.composed.term.objective.facts().scope == ObjectiveFacts::Scope::row) {
    const Columns batch = *columns(term, packs, leaves);
    int64_t place = 0;
    for (const Pack* pack : packs) {
      for (const Pack::Slice& slice : pack->slices) {
        if (slice.term != &term) continue;
        for (int64_t i = slice.begin; i < slice.end; ++i) {
          const Columns item = item_of(batch, term.composed.term.objective.facts(), place++);
          if (is_finite(term.instances.objective->evaluate(item).sum)) continue;
          rows.add(term.columns.front().origins[static_cast<size_t>(i)]);
        }
      }
    }
  }
  throw_plugin_error(term.objective(),
                     "its loss is not finite, though all log-probabilities are" +
                         (rows.text().empty() ? "" : ", first at " + rows.text()));
}

void Trainer::fail_gradient(const std::vector<Pack>& packs,
                            const std::vector<torch::Tensor>& slopes) {
  const auto first = [&]() -> const Trained* {
    for (const Trained& parameter : trained_) {
      const torch::Tensor gradient = parameter.value.grad();
      if (gradient.defined() && !is_finite(gradient)) return &parameter;
    }
    return nullptr;
  };
  const Trained* parameter = first();
  if (!parameter) fail("the norm of the gradient is not finite in float32; lower optimizer.lr");
  const std::string what = "the gradient of parameter " + quote(parameter->name) + " is not finite";
  for (size_t p = 0; p < packs.size(); ++p) {
    for (const Pack::Slice& slice : packs[p].slices) {
      for (size_t c = 0; c < slice.term->columns.size(); ++c) {
        const Column& column = slice.term->columns[c];
        for (int64_t i = slice.begin; i < slice.end; ++i) {
          for (Trained& each : trained_) each.value.mutable_grad().reset();
          const int64_t row = slice.first_rows[c] + i - slice.begin;
          const int64_t from = packs[p].rows.offset(row);
          const PackedRows alone({&column.rows[static_cast<size_t>(i)]}, device_);
          log_probs(alone).backward(
              slopes[p].narrow(0, from, packs[p].rows.offset(row + 1) - from));
          if (!first()) continue;
          fail(what + ", first at " + text_of(column.origins[static_cast<size_t>(i)]) +
                   "; lower optimizer.lr",
               slice.term);
        }
      }
    }
  }
  fail(what + ", though that of no single row is; lower optimizer.lr");
}

}  // namespace leakprobe
