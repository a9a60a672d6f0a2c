#include "step/trainer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "plugin/guard.h"
#include "step/not_finite.h"
#include "step/scoring.h"

namespace leakprobe {
namespace {

std::vector<const Pass*> pointers(const std::vector<Pass>& passes) {
  std::vector<const Pass*> all;
  for (const Pass& pass : passes) all.push_back(&pass);
  return all;
}

bool needs_whole_batch(const std::vector<Pass>& passes) {
  return std::ranges::any_of(passes, [](const Pass& pass) {
    return std::ranges::any_of(
        pass.slices, [](const Pass::Slice& slice) { return slice.term->needs_whole_batch(); });
  });
}

torch::Tensor log_probs_of(const Pass& pass, const Policy& policy, StepTimes& times) {
  return log_probs(policy, pass.rows, times, pass.temperature);
}

}  // namespace

Trainer::Trainer(const ComposedPhase& phase, const Policy& policy,
                 std::vector<std::unique_ptr<TermRunner>> terms, Updater& updater, Ledger& ledger,
                 const PassSize& size)
    : phase_(phase),
      policy_(policy),
      terms_(std::move(terms)),
      updater_(updater),
      ledger_(ledger),
      pass_size_(size) {}

void Trainer::count(const std::vector<const Pass*>& passes) {
  for (const std::unique_ptr<TermRunner>& term : terms_) term->count(passes);
}

void Trainer::evaluate(const std::vector<const Pass*>& passes,
                       const std::vector<torch::Tensor>& leaves) {
  for (const std::unique_ptr<TermRunner>& term : terms_) term->evaluate(passes, leaves, policy_);
}

torch::Tensor Trainer::take_gradient(const Pass& pass, const torch::Tensor& leaf) {
  if (!leaf.grad().defined()) {
    throw_plugin_error(pass.slices.front().term->plugin(),
                       "its loss does not depend on the log-probabilities of its rows");
  }
  const torch::Tensor values = leaf.grad().to(torch::kCPU, torch::kFloat64).contiguous();
  const double* data = values.const_data_ptr<double>();
  for (const Pass::Slice& slice : pass.slices) {
    for (size_t c = 0; c < slice.first_rows.size(); ++c) {
      const TermRunner::Column& column = slice.term->columns()[c];
      for (int64_t i = slice.begin; i < slice.end; ++i) {
        const int64_t row = slice.row(c, i);
        const std::span gradients(data + pass.rows.offset(row), data + pass.rows.offset(row + 1));
        if (!std::isfinite(std::accumulate(gradients.begin(), gradients.end(), 0.0))) {
          throw_plugin_error(slice.term->plugin(),
                             "the gradient of its loss is not finite, though the loss is, at " +
                                 rows_not_finite(*slice.term, {&pass}, {leaf.grad()}));
        }
        ledger_.record(column.account(i), column.origin(i), column.row(i), gradients);
      }
    }
  }
  return leaf.grad();
}

std::vector<torch::Tensor> Trainer::backward(const std::vector<Pass>& passes, StepReport& report) {
  for (const Pass& pass : passes) report.positions.push_back(pass.rows.layout()->nodes());
  count(pointers(passes));
  std::vector<torch::Tensor> gradients;
  if (passes.size() == 1 || !needs_whole_batch(passes)) {
    for (const Pass& pass : passes) {
      const torch::Tensor values = log_probs_of(pass, policy_, report.times);
      const torch::Tensor leaf = values.detach().requires_grad_();
      evaluate({&pass}, {leaf});
      gradients.push_back(take_gradient(pass, leaf));
      const Timed timed(report.times.backward);
      values.backward(gradients.back());
    }
    return gradients;
  }
  // An objective that needs the whole batch: its gradient first, then each part once more.
  std::vector<torch::Tensor> leaves;
  {
    const at::NoGradGuard no_gradients;
    for (const Pass& pass : passes) leaves.push_back(log_probs_of(pass, policy_, report.times));
  }
  for (torch::Tensor& leaf : leaves) leaf.requires_grad_();
  evaluate(pointers(passes), leaves);
  for (size_t p = 0; p < passes.size(); ++p) {
    gradients.push_back(take_gradient(passes[p], leaves[p]));
    const torch::Tensor values = log_probs_of(passes[p], policy_, report.times);
    const Timed timed(report.times.backward);
    values.backward(gradients.back());
  }
  return gradients;
}

void observe(const std::vector<TermRunner*>& terms, const Policy& policy, const PassSize& size,
             StepTimes& times) {
  const std::vector<Pass> passes = make_passes(terms, size, policy.device, times);
  const at::NoGradGuard no_gradients;
  std::vector<torch::Tensor> values;
  for (const Pass& pass : passes) values.push_back(log_probs_of(pass, policy, times));
  for (TermRunner* term : terms) {
    term->count(pointers(passes));
    term->evaluate(pointers(passes), values, policy);
  }
}

std::vector<SampleRecord> Trainer::samples() const {
  std::vector<SampleRecord> samples;
  for (const std::unique_ptr<TermRunner>& term : terms_) {
    for (SampleRecord& sample : term->samples(kShownGroups)) samples.push_back(std::move(sample));
  }
  return samples;
}

void Trainer::save_items(NamedTensors& tensors) const {
  for (const std::unique_ptr<TermRunner>& term : terms_) {
    for (auto& [name, tensor] : term->state()) {
      tensors.emplace_back("items/" + term->name() + "/" + name, tensor);
    }
  }
}

void Trainer::restore_items(const SavedState& state) {
  for (const std::unique_ptr<TermRunner>& term : terms_) {
    term->restore(state.under("items/" + term->name()));
  }
}

StepReport Trainer::step(int64_t step) {
  StepReport report;
  report.rate = updater_.rate(step);
  std::vector<TermRunner*> trained, observed;
  for (const std::unique_ptr<TermRunner>& term : terms_) {
    term->draw(step, report.times);
    (term->trains() ? trained : observed).push_back(term.get());
  }
  observe(observed, policy_, pass_size_, report.times);
  const std::vector<Pass> passes = make_passes(trained, pass_size_, policy_.device, report.times);
  std::vector<torch::Tensor> gradients;
  if (!trained.empty()) gradients = backward(passes, report);
  for (const std::unique_ptr<TermRunner>& term : terms_) {
    std::map<std::string, double> means = term->means();
    report.loss += term->weight() * means["loss"];
    report.terms.emplace_back(term->name(), std::move(means));
  }
  if (!trained.empty()) {
    const Timed timed(report.times.optimizer);
    report.gradient_norm = updater_.take_gradients();
    if (!std::isfinite(report.gradient_norm)) {
      fail_gradient(passes, gradients, policy_, updater_,
                    "phase '" + phase_.name + "', step " + std::to_string(step));
    }
    updater_.update(report.rate, report.gradient_norm);
    ledger_.end_step(phase_.name, step);
  }
  return report;
}

}  // namespace leakprobe
