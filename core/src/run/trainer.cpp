#include "run/trainer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "compose/columns.h"
#include "format/quote.h"
#include "leakprobe/error.h"
#include "run/scoring.h"
#include "run/trainer_parts.h"

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
                  {},
                  {}});
    const ObjectiveFacts& objective = composed.term.objective.facts();
    const Stream& stream = composed.term.stream;
    for (const ColumnNeed& need : objective.columns) {
      const StreamColumn* column = column_for(objective, need.name, stream);
      LEAKPROBE_CHECK(column != nullptr, "a term's stream lacks a column");
      const auto index = static_cast<size_t>(column - stream.columns.data());
      const size_t account =
          state->trains() ? ledger.open(phase, composed, need.name, need.sign) : 0;
      state->columns.push_back({need, index, account, {}, {}, {}});
    }
    terms_.push_back(std::move(state));
  }
}

Trainer::~Trainer() = default;

void Trainer::draw(TermState& term, int64_t step) {
  const std::vector<int64_t> items = term.stream.batch(step);
  term.items = static_cast<int64_t>(items.size());
  term.loss = {};
  term.metrics.clear();
  for (Column& column : term.columns) {
    column.rows.clear();
    column.origins.clear();
    for (const int64_t item : items) {
      column.rows.push_back(term.stream.row(column.index, item));
      column.origins.push_back(term.stream.origin(column.index, item));
      check_numbers(term, column);
    }
  }
}

void Trainer::check_numbers(const TermState& term, Column& column) const {
  const std::set<std::string> names = names_of(column.rows.back());
  const RowOrigin& origin = column.origins.back();
  if (!column.carried) {
    const std::string missing =
        lacking({column.need.numbers.begin(), column.need.numbers.end()}, names);
    if (!missing.empty()) {
      fail(text_of(origin) + " has no number " + quote(missing) + ", which the objective reads",
           &term);
    }
    column.carried = Column::Carried{names, text_of(origin)};
  }
  if (names == column.carried->names) return;
  const std::string missing = lacking(column.carried->names, names);
  const std::string added = lacking(names, column.carried->names);
  fail(missing.empty() ? column.carried->row + " has no number " + quote(added) + ", which " +
                             text_of(origin) + " has"
                       : text_of(origin) + " has no number " + quote(missing) + ", which " +
                             column.carried->row + " has",
       &term);
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

std::optional<Columns> Trainer::columns(const TermState& term,
                                        const std::vector<const Pack*>& packs,
                                        const std::vector<torch::Tensor>& leaves) const {
  std::vector<std::pair<std::string, ColumnBatch>> columns;
  for (size_t c = 0; c < term.columns.size(); ++c) {
    const Column& column = term.columns[c];
    std::vector<torch::Tensor> policy, reference, mask;
    std::map<std::string, std::vector<float>> numbers;
    for (size_t p = 0; p < packs.size(); ++p) {
      for (const Pack::Slice& slice : packs[p]->slices) {
        if (slice.term != &term) continue;
        const int64_t begin = slice.first_rows[c];
        const int64_t end = begin + slice.end - slice.begin;
        const PackedRows& rows = packs[p]->rows;
        mask.push_back(rows.mask(begin, end));
        if (!leaves.empty()) policy.push_back(rows.matrix(leaves[p], begin, end));
        if (term.instances.reference) {
          reference.push_back(rows.matrix(packs[p]->reference, begin, end));
        }
        for (const std::string& name : column.carried->names) {
          for (int64_t i = slice.begin; i < slice.end; ++i) {
            numbers[name].push_back(
                static_cast<float>(number_of(column.rows[static_cast<size_t>(i)], name)));
          }
        }
      }
    }
    if (mask.empty()) return std::nullopt;
    ColumnBatch batch;
    batch.mask = stack(mask);
    if (!policy.empty()) batch.policy = stack(policy);
    if (!reference.empty()) batch.reference = stack(reference);
    for (const auto& [name, values] : numbers) {
      batch.numbers[name] = torch::tensor(values, torch::kFloat32).to(device_);
    }
    columns.emplace_back(column.need.name, std::move(batch));
  }
  return Columns(std::move(columns));
}

void Trainer::count(const std::vector<const Pack*>& packs) {
  for (const std::unique_ptr<TermState>& term : terms_) {
    const auto batch = columns(*term, packs, {});
    if (batch) term->loss.count = term->instances.objective->count(*batch);
  }
}

void Trainer::evaluate(const std::vector<const Pack*>& packs,
                       const std::vector<torch::Tensor>& leaves) {
  for (const std::unique_ptr<TermState>& term : terms_) {
    const auto batch = columns(*term, packs, leaves);
    if (!batch) continue;
    const Loss loss = term->instances.objective->evaluate(*batch);
    const auto value = loss.sum.item<double>();
    if (!std::isfinite(value)) fail_loss(*term, packs, leaves);
    term->loss.sum += value;
    for (const Loss::Metric& metric : loss.metrics) {
      const auto sum = metric.sum.item<double>();
      if (!std::isfinite(sum)) {
        throw_plugin_error(term->objective(), "its metric " + quote(metric.name) +
                                                  " is not finite, though its loss is");
      }
      TermState::Mean& mean = term->metrics[metric.name];
      mean.sum += sum;
      mean.count += metric.count.value_or(static_cast<double>(batch->items()));
    }
    const double factor = term->composed.term.weight / term->loss.count;
    if (!std::isfinite(static_cast<float>(factor * value))) {
      fail("the weighted loss is not finite in float32; lower the term's weight", &*term);
    }
    if (!loss.sum.requires_grad()) continue;
    guarded([&] { return term->objective(); }, [&] { (loss.sum * factor).backward(); });
  }
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
        if (!std::isfinite(sum)) {
          throw_plugin_error(slice.term->objective(),
                             "the gradient of its loss is not finite, though the loss is, at " +
                                 rows_not_finite(*slice.term, {&pack}, {gradient}));
        }
        ledger_.record(column.account, column.origins[static_cast<size_t>(i)],
                       column.rows[static_cast<size_t>(i)], sum);
      }
    }
  }
}

torch::Tensor Trainer::log_probs(const PackedRows& rows) {
  torch::Tensor states;
  {
    const Timed timed(times_.forward);
    states = scored_states(model_.model(), forward_, rows);
  }
  const Timed timed(times_.head);
  return scored_logprobs(model_.model(), forward_, states, rows);
}

std::vector<torch::Tensor> Trainer::backward(const std::vector<Pack>& packs) {
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
  count(all);
  std::vector<torch::Tensor> slopes;
  const auto take_slope = [&](const Pack& pack, const torch::Tensor& leaf) {
    if (!leaf.grad().defined()) {
      throw_plugin_error(pack.slices.front().term->objective(),
                         "its loss does not depend on the log-probabilities of its rows");
    }
    enter_ledger(pack, leaf.grad());
    slopes.push_back(leaf.grad());
  };
  if (!whole_batch || packs.size() == 1) {
    for (const Pack& pack : packs) {
      const torch::Tensor values = log_probs(pack.rows);
      const torch::Tensor leaf = values.detach().requires_grad_();
      evaluate({&pack}, {leaf});
      take_slope(pack, leaf);
      const Timed timed(times_.backward);
      values.backward(leaf.grad());
    }
    return slopes;
  }
  // An objective that needs the whole batch: its gradient first, then each part once more.
  std::vector<torch::Tensor> leaves;
  {
    const at::NoGradGuard no_gradients;
    for (const Pack& pack : packs) leaves.push_back(log_probs(pack.rows));
  }
  for (torch::Tensor& leaf : leaves) leaf.requires_grad_();
  evaluate(all, leaves);
  for (size_t p = 0; p < packs.size(); ++p) {
    take_slope(packs[p], leaves[p]);
    const torch::Tensor values = log_probs(packs[p].rows);
    const Timed timed(times_.backward);
    values.backward(leaves[p].grad());
  }
  return slopes;
}

void Trainer::observe(const std::vector<Pack>& packs) {
  const at::NoGradGuard no_gradients;
  std::vector<const Pack*> all;
  std::vector<torch::Tensor> values;
  for (const Pack& pack : packs) {
    all.push_back(&pack);
    values.push_back(log_probs(pack.rows));
  }
  if (all.empty()) return;
  count(all);
  evaluate(all, values);
}

double Trainer::gradient_norm() {
  std::vector<torch::Tensor> gradients;
  for (Trained& parameter : trained_) {
    parameter.gradient = parameter.value.grad();
    if (!parameter.gradient.defined()) {
      throw Error("phase '" + phase_.name + "': parameter '" + parameter.name +
                  "' is trained but no loss depends on it; freeze it");
    }
    gradients.push_back(parameter.gradient);
  }
  return at::stack(at::_foreach_norm(gradients)).to(torch::kFloat64).norm().item<double>();
}

void Trainer::update(const StepReport& report) {
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
  step_ = step;
  times_ = {};
  positions_.clear();
  report.rate = optimizer_.learning_rate() * schedule_.factor(step, phase_.steps);
  if (!std::isfinite(report.rate)) fail("the learning rate is not finite; lower optimizer.lr");
  std::vector<TermState*> trained, observed;
  for (const std::unique_ptr<TermState>& term : terms_) {
    draw(*term, step);
    (term->trains() ? trained : observed).push_back(term.get());
  }
  observe(packs(observed));
  const std::vector<Pack> passes = packs(trained);
  std::vector<torch::Tensor> slopes;
  if (!trained.empty()) slopes = backward(passes);
  for (const std::unique_ptr<TermState>& term : terms_) {
    std::map<std::string, double> metrics{{"loss", term->loss.sum / term->loss.count}};
    for (const auto& [name, mean] : term->metrics) {
      if (mean.count > 0) metrics[name] = mean.sum / mean.count;
    }
    for (const auto& [name, value] : metrics) {
      if (!std::isfinite(value)) fail(quote(name) + " is not finite as a mean", &*term);
    }
    report.loss += term->composed.term.weight * metrics["loss"];
    report.terms.emplace_back(term->composed.term.name, std::move(metrics));
  }
  if (!trained.empty()) {
    const Timed timed(times_.optimizer);
    report.gradient_norm = gradient_norm();
    if (!std::isfinite(report.gradient_norm)) fail_gradient(passes, slopes);
    update(report);
    ledger_.end_step(phase_.name, step);
  }
  report.times = times_;
  report.positions = positions_;
  return report;
}

}  // namespace leakprobe
