#include "run/trainer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compose/columns.h"
#include "data/packed_rows.h"
#include "leakprobe/error.h"
#include "run/scoring.h"

namespace leakprobe {

/// A column that a term's objective takes from its stream.
struct Trainer::Column {
  ColumnNeed need;
  size_t index = 0;    ///< among the stream's columns
  size_t account = 0;  ///< in the ledger
  std::vector<Row> rows;
  std::vector<RowOrigin> origins;
};

struct Trainer::TermState {
  const ComposedTerm& composed;
  TermInstances instances;
  ItemStream stream;
  std::vector<Column> columns;
  int64_t items = 0;  ///< of the present step
  // Sums over the present step.
  double count = 0;
  double loss = 0;
  std::map<std::string, double> metrics;

  bool trains() const { return composed.term.weight != 0; }
};

/// Rows of some items of some terms, packed for one pass.
struct Trainer::Pack {
  struct Slice {
    TermState* term;
    int64_t begin, end;               ///< items of the term
    std::vector<int64_t> first_rows;  ///< of each column within the pack
  };
  std::vector<Slice> slices;
  PackedRows rows;
  torch::Tensor reference;  ///< (targets), zero where a term has none; undefined if no term has one
};

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

}  // namespace

Trainer::Trainer(const ComposedPhase& phase, const LoadedModel& model, const Forward& forward,
                 torch::Device device, const Task& task, const TaskFacts& facts, uint64_t seed,
                 std::vector<TermInstances> terms, std::vector<Trained> trained,
                 Optimizer& optimizer, const Schedule& schedule, Ledger& ledger,
                 int64_t rows_per_pass)
    : phase_(phase),
      model_(model),
      forward_(forward),
      device_(device),
      trained_(std::move(trained)),
      optimizer_(optimizer),
      schedule_(schedule),
      ledger_(ledger),
      rows_per_pass_(rows_per_pass) {
  for (size_t t = 0; t < phase.terms.size(); ++t) {
    const ComposedTerm& composed = phase.terms[t];
    auto state = std::make_unique<TermState>(
        TermState{composed,
                  std::move(terms[t]),
                  ItemStream(composed, phase.name + "/" + composed.term.name, task, facts, seed),
                  {},
                  0,
                  0,
                  0,
                  {}});
    const ObjectiveFacts& objective = composed.term.objective.facts();
    const Stream& stream = composed.term.stream;
    for (const ColumnNeed& need : objective.columns) {
      const StreamColumn* column = column_for(objective, need.name, stream);
      LEAKPROBE_CHECK(column != nullptr, "a term's stream lacks a column");
      const auto index = static_cast<size_t>(column - stream.columns.data());
      const size_t account =
          state->trains() ? ledger.open(phase, composed, need.name, need.sign) : 0;
      state->columns.push_back({need, index, account, {}, {}});
    }
    terms_.push_back(std::move(state));
  }
}

Trainer::~Trainer() = default;

void Trainer::draw(TermState& term, int64_t step) {
  const std::vector<int64_t> items = term.stream.batch(step);
  term.items = static_cast<int64_t>(items.size());
  term.count = 0;
  term.loss = 0;
  term.metrics.clear();
  for (Column& column : term.columns) {
    column.rows.clear();
    column.origins.clear();
    for (const int64_t item : items) {
      column.rows.push_back(term.stream.row(column.index, item));
      column.origins.push_back(term.stream.origin(column.index, item));
    }
  }
}

std::vector<Trainer::Pack> Trainer::packs(const std::vector<TermState*>& terms) {
  std::vector<Pack> packs;
  std::vector<Pack::Slice> slices;
  int64_t all = 0;
  for (const TermState* term : terms)
    all += term->items * static_cast<int64_t>(term->columns.size());
  // As few passes as may be, of about one size.
  const int64_t most = rows_per_pass_ == 0 ? all : std::min(all, rows_per_pass_);
  const int64_t passes = most == 0 ? 0 : (all + most - 1) / most;
  const int64_t limit = passes == 0 ? 0 : (all + passes - 1) / passes;
  int64_t rows = 0;
  const auto close = [&] {
    if (slices.empty()) return;
    std::vector<const Row*> packed;
    std::vector<const Row*> referenced;
    std::vector<bool> repeated;
    bool any_reference = false;
    for (Pack::Slice& slice : slices) {
      for (const Column& column : slice.term->columns) {
        slice.first_rows.push_back(static_cast<int64_t>(packed.size()));
        for (int64_t i = slice.begin; i < slice.end; ++i) {
          packed.push_back(&column.rows[static_cast<size_t>(i)]);
        }
      }
      any_reference = any_reference || slice.term->instances.reference;
    }
    Pack pack{std::move(slices), PackedRows(packed, device_), {}};
    if (any_reference) {
      pack.reference = torch::zeros({pack.rows.targets_count()}, torch::kFloat32);
      for (const Pack::Slice& slice : pack.slices) {
        if (!slice.term->instances.reference) continue;
        const int64_t first = slice.first_rows.front();
        const int64_t count =
            (slice.end - slice.begin) * static_cast<int64_t>(slice.term->columns.size());
        const std::vector<const Row*> own(packed.begin() + first, packed.begin() + first + count);
        const int64_t from = pack.rows.offset(first);
        const Timed timed(times_.reference);
        pack.reference.narrow(0, from, pack.rows.offset(first + count) - from)
            .copy_(slice.term->instances.reference->log_probs(
                own, std::vector<bool>(own.size(), slice.term->composed.finite)));
      }
      pack.reference = pack.reference.to(device_);
    }
    packs.push_back(std::move(pack));
    slices.clear();
    rows = 0;
  };
  for (TermState* term : terms) {
    const auto width = static_cast<int64_t>(term->columns.size());
    int64_t begin = 0;
    while (begin < term->items) {
      int64_t room = std::min(term->items - begin, (limit - rows) / width);
      if (room <= 0) {
        if (rows > 0) {
          close();
          continue;
        }
        room = 1;  // an item is never split
      }
      slices.push_back({term, begin, begin + room, {}});
      begin += room;
      rows += room * width;
    }
  }
  close();
  return packs;
}

torch::Tensor Trainer::evaluate(const std::vector<const Pack*>& packs,
                                const std::vector<torch::Tensor>& leaves) {
  torch::Tensor total;
  for (const std::unique_ptr<TermState>& term : terms_) {
    std::vector<std::pair<std::string, ColumnBatch>> columns;
    for (size_t c = 0; c < term->columns.size(); ++c) {
      std::vector<torch::Tensor> policy, reference, mask;
      for (size_t p = 0; p < packs.size(); ++p) {
        for (const Pack::Slice& slice : packs[p]->slices) {
          if (slice.term != term.get()) continue;
          const int64_t begin = slice.first_rows[c];
          const int64_t end = begin + slice.end - slice.begin;
          const PackedRows& rows = packs[p]->rows;
          mask.push_back(rows.mask(begin, end));
          if (!leaves.empty()) policy.push_back(rows.matrix(leaves[p], begin, end));
          if (term->instances.reference) {
            reference.push_back(rows.matrix(packs[p]->reference, begin, end));
          }
        }
      }
      if (mask.empty()) break;
      ColumnBatch batch;
      batch.mask = stack(mask);
      if (!policy.empty()) batch.policy = stack(policy);
      if (!reference.empty()) batch.reference = stack(reference);
      columns.emplace_back(term->columns[c].need.name, std::move(batch));
    }
    if (columns.empty()) continue;
    const Columns batch(std::move(columns));
    if (leaves.empty()) {  // only counting
      term->count += term->instances.objective->count(batch);
      continue;
    }
    const Loss loss = term->instances.objective->evaluate(batch);
    term->loss += loss.sum.item<double>();
    for (const Loss::Metric& metric : loss.metrics) {
      term->metrics[metric.name] += metric.sum.item<double>();
    }
    const torch::Tensor part = loss.sum * (term->composed.term.weight / term->count);
    total = total.defined() ? total + part : part;
  }
  return total;
}

void Trainer::enter_ledger(const Pack& pack, const torch::Tensor& gradient) {
  const torch::Tensor values = gradient.to(torch::kCPU, torch::kFloat64).contiguous();
  const double* data = values.const_data_ptr<double>();
  for (const Pack::Slice& slice : pack.slices) {
    for (size_t c = 0; c < slice.term->columns.size(); ++c) {
      const Column& column = slice.term->columns[c];
      for (int64_t i = slice.begin; i < slice.end; ++i) {
        const int64_t row = slice.first_rows[c] + i - slice.begin;
        double sum = 0;
        for (int64_t k = pack.rows.offset(row); k < pack.rows.offset(row + 1); ++k) sum += data[k];
        ledger_.record(column.account, column.origins[static_cast<size_t>(i)],
                       column.rows[static_cast<size_t>(i)], sum);
      }
    }
  }
}

torch::Tensor Trainer::log_probs(const Pack& pack) {
  torch::Tensor states;
  {
    const Timed timed(times_.forward);
    states = scored_states(model_.model(), forward_, pack.rows);
  }
  const Timed timed(times_.head);
  return scored_logprobs(model_.model(), forward_, states, pack.rows);
}

void Trainer::backward(const std::vector<Pack>& packs) {
  std::vector<const Pack*> all;
  bool whole_batch = false;
  for (const Pack& pack : packs) {
    all.push_back(&pack);
    for (const Pack::Slice& slice : pack.slices) {
      whole_batch = whole_batch || slice.term->composed.term.objective.facts().scope ==
                                       ObjectiveFacts::Scope::batch;
    }
  }
  for (const Pack& pack : packs) positions_.push_back(pack.rows.layout()->nodes());
  evaluate(all, {});
  if (!whole_batch || packs.size() == 1) {
    for (const Pack& pack : packs) {
      const torch::Tensor values = log_probs(pack);
      const torch::Tensor leaf = values.detach().requires_grad_();
      evaluate({&pack}, {leaf}).backward();
      enter_ledger(pack, leaf.grad());
      const Timed timed(times_.backward);
      values.backward(leaf.grad());
    }
    return;
  }
  // An objective that needs the whole batch: its gradient first, then each part once more.
  std::vector<torch::Tensor> leaves;
  {
    const at::NoGradGuard no_gradients;
    for (const Pack& pack : packs) leaves.push_back(log_probs(pack));
  }
  for (torch::Tensor& leaf : leaves) leaf.requires_grad_();
  evaluate(all, leaves).backward();
  for (size_t p = 0; p < packs.size(); ++p) {
    enter_ledger(packs[p], leaves[p].grad());
    const torch::Tensor values = log_probs(packs[p]);
    const Timed timed(times_.backward);
    values.backward(leaves[p].grad());
  }
}

void Trainer::observe(const std::vector<Pack>& packs) {
  const at::NoGradGuard no_gradients;
  std::vector<const Pack*> all;
  std::vector<torch::Tensor> values;
  for (const Pack& pack : packs) {
    all.push_back(&pack);
    values.push_back(log_probs(pack));
  }
  if (all.empty()) return;
  evaluate(all, {});
  evaluate(all, values);
}

void Trainer::update(int64_t step, StepReport& report) {
  const Timed timed(times_.optimizer);
  std::vector<torch::Tensor> gradients;
  for (Trained& parameter : trained_) {
    parameter.gradient = parameter.value.grad();
    if (!parameter.gradient.defined()) {
      throw Error("phase '" + phase_.name + "': parameter '" + parameter.name +
                  "' is trained but no loss depends on it; freeze it");
    }
    gradients.push_back(parameter.gradient);
  }
  report.gradient_norm =
      at::stack(at::_foreach_norm(gradients)).to(torch::kFloat64).norm().item<double>();
  if (!std::isfinite(report.gradient_norm)) {
    throw Error("phase '" + phase_.name + "', step " + std::to_string(step) +
                ": the gradient is not finite; lower optimizer.lr");
  }
  // As torch.nn.utils.clip_grad_norm_ does it.
  const double scale = std::min(1.0, optimizer_.clip_norm() / (report.gradient_norm + 1e-6));
  optimizer_.step(trained_, report.rate, scale);
  for (Trained& parameter : trained_) {
    parameter.gradient.reset();
    parameter.value.mutable_grad().reset();
    // An optimizer may write past LibTorch's operations, which alone count versions; copies of the
    // weights in bf16 are made anew where the version has changed.
    parameter.value.unsafeGetTensorImpl()->bump_version();
  }
}

StepReport Trainer::step(int64_t step) {
  StepReport report;
  times_ = {};
  positions_.clear();
  report.rate = optimizer_.learning_rate() * schedule_.factor(step, phase_.steps);
  std::vector<TermState*> trained, observed;
  for (const std::unique_ptr<TermState>& term : terms_) {
    draw(*term, step);
    (term->trains() ? trained : observed).push_back(term.get());
  }
  observe(packs(observed));
  if (!trained.empty()) backward(packs(trained));
  for (const std::unique_ptr<TermState>& term : terms_) {
    std::map<std::string, double> metrics{{"loss", term->loss / term->count}};
    for (const auto& [name, sum] : term->metrics) metrics[name] = sum / term->count;
    report.loss += term->composed.term.weight * metrics["loss"];
    report.terms.emplace_back(term->composed.term.name, std::move(metrics));
  }
  if (!std::isfinite(report.loss)) {
    throw Error("phase '" + phase_.name + "', step " + std::to_string(step) +
                ": the loss is not finite; lower optimizer.lr or the weights of the terms");
  }
  if (!trained.empty()) {
    update(step, report);
    ledger_.end_step(phase_.name, step);
  }
  report.times = times_;
  report.positions = positions_;
  return report;
}

}  // namespace leakprobe
