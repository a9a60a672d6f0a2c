#include "step/generate.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "leakprobe/error.h"
#include "model/head.h"
#include "model/kernels/token_choice.h"
#include "model/key_value_cache.h"
#include "model/parallel.h"
#include "model/token_ids.h"

namespace leakprobe {
namespace {

/// Keys and values of so many rows stay small beside the weights; more at once is no faster.
constexpr int64_t kRowsPerPass = 256;

/// Lines of each product by a library: as many as there are prompts, within what is fast, and the
/// same however many of these are computed at once.
int64_t lines_for(size_t prompts) { return prompts <= 16 ? 16 : prompts <= 32 ? 32 : 64; }

/// Uniform in [0, 1) with the 53 bits of a double: a vocabulary holds tokens rarer than 2^-24.
double fine_uniform(Random& random) {
  const uint64_t high = random.next() >> 5;
  const uint64_t low = random.next() >> 6;
  return static_cast<double>((high << 26) | low) * 0x1.0p-53;
}

/// Some rows that are continued together.
class Continuation {
 public:
  Continuation(const Policy& policy, const Sampling& sampling, KeyValueCache cache)
      : policy_(policy),
        sampling_(sampling),
        cache_(std::move(cache)),
        forward_(policy.forward, cache_) {}

  /// `generators` and `out` are those of the prompts, in their order.
  void run(const std::vector<const Prompt*>& prompts, std::vector<Random> generators,
           Generated* out) {
    for (const Prompt* prompt : prompts) {
      lengths_.push_back(static_cast<int64_t>(prompt->size()));
    }
    Logits logits = read(prompts);
    std::vector<int64_t> going(prompts.size());
    std::iota(going.begin(), going.end(), int64_t{0});
    for (int64_t made = 0; made < sampling_.tokens; ++made) {
      const std::vector<int64_t> tokens = choose(logits, going, generators, out);
      std::vector<int64_t> next, next_tokens;
      for (size_t i = 0; i < going.size(); ++i) {
        if (sampling_.end == tokens[i]) continue;
        next.push_back(going[i]);
        next_tokens.push_back(tokens[i]);
      }
      going = std::move(next);
      if (made + 1 == sampling_.tokens || going.empty()) break;
      std::vector<int64_t> positions;
      for (const int64_t row : going) {
        positions.push_back(lengths_[static_cast<size_t>(row)]++);
      }
      logits = {logits_after(compute(next_tokens, going, std::move(positions))), {}};
    }
  }

 private:
  /// Of what comes next.
  struct Logits {
    torch::Tensor lines;          ///< (lines, vocabulary) f32 on the CPU
    std::vector<int64_t> of_row;  ///< the line of each row; empty: each has its own, in their order
  };

  /// Computes the prompts, each different one once.
  Logits read(const std::vector<const Prompt*>& prompts) {
    std::map<Prompt, int64_t> known;  // number of each different prompt
    std::vector<int64_t> tokens, rows, positions, ends, firsts, prompt_of, source;
    for (size_t r = 0; r < prompts.size(); ++r) {
      const auto row = static_cast<int64_t>(r);
      const auto [own, is_new] = known.emplace(*prompts[r], static_cast<int64_t>(firsts.size()));
      if (is_new) {
        for (size_t t = 0; t < prompts[r]->size(); ++t) {
          tokens.push_back((*prompts[r])[t]);
          rows.push_back(row);
          positions.push_back(static_cast<int64_t>(t));
        }
        firsts.push_back(row);
        ends.push_back(static_cast<int64_t>(tokens.size()) - 1);
      }
      prompt_of.push_back(own->second);
      source.push_back(firsts[static_cast<size_t>(own->second)]);
    }
    const torch::Tensor hidden = compute(tokens, std::move(rows), std::move(positions));
    if (firsts.size() < prompts.size()) {
      cache_.copy(source, *std::max_element(lengths_.begin(), lengths_.end()));
    }
    return {logits_after(hidden.index_select(0, indices(ends))), std::move(prompt_of)};
  }

  torch::Tensor indices(const std::vector<int64_t>& numbers) const {
    return torch::tensor(numbers, torch::kInt64).to(policy_.device);
  }

  /// Hidden states (tokens, width).
  torch::Tensor compute(const std::vector<int64_t>& tokens, std::vector<int64_t> rows,
                        std::vector<int64_t> positions) {
    cache_.begin(std::move(rows), std::move(positions));
    return policy_.model.model().hidden(forward_, indices(tokens).unsqueeze(0)).squeeze(0);
  }

  /// Logits (states, vocabulary) f32 on the CPU at the sampling's temperature.
  torch::Tensor logits_after(const torch::Tensor& states) const {
    const auto [hidden, head] =
        at_temperature(states, policy_.model.model().head(),
                       sampling_.temperature > 0 ? sampling_.temperature : 1);
    const auto type = ForwardContext::type_of(forward_.head_compute());
    const torch::Tensor bias =
        head.bias.defined() ? forward_.as_type(head.bias, type) : torch::Tensor();
    return forward_.product(hidden.to(type).contiguous(), {head.weight}, bias)
        .to(torch::kCPU, torch::kFloat32)
        .contiguous();
  }

  std::vector<int64_t> choose(const Logits& logits, const std::vector<int64_t>& going,
                              std::vector<Random>& generators, Generated* out) const {
    const int64_t vocabulary = logits.lines.size(1);
    const float* lines = logits.lines.const_data_ptr<float>();
    std::vector<int64_t> tokens(going.size());
    parallel_for(static_cast<int64_t>(going.size()), 1, [&](int64_t begin, int64_t end) {
      TokenChoice choice(vocabulary);
      for (int64_t i = begin; i < end; ++i) {
        const auto row = static_cast<size_t>(going[static_cast<size_t>(i)]);
        const float* own = lines + vocabulary * (logits.of_row.empty() ? i : logits.of_row[row]);
        const auto [token, log_prob] = sampling_.temperature > 0
                                           ? choice.draw(own, fine_uniform(generators[row]))
                                           : choice.likeliest(own);
        tokens[static_cast<size_t>(i)] = token;
        out[row].tokens.push_back(token);
        out[row].log_probs.push_back(log_prob);
      }
    });
    return tokens;
  }

  const Policy& policy_;
  const Sampling& sampling_;
  KeyValueCache cache_;
  const ForwardContext forward_;
  std::vector<int64_t> lengths_;  ///< of each row so far
};

int64_t max_positions_of(const LoadedModel& model) {
  const ModelDesign& design = model.design();
  return std::any_cast<ModelFacts>(design.architecture->facts(design.options.get())).max_positions;
}

void check(const Policy& policy, const std::vector<Prompt>& prompts, const Sampling& sampling) {
  const int64_t positions = max_positions_of(policy.model);
  for (size_t i = 0; i < prompts.size(); ++i) {
    const std::string which = "prompt " + std::to_string(i);
    if (prompts[i].empty()) throw Error(which + " is empty: nothing predicts a first token");
    const auto [least, largest] = std::minmax_element(prompts[i].begin(), prompts[i].end());
    check_token_ids(TokenRange{*least, *largest}, policy.model.design().vocab_size);
    // The last token that is made is not computed any further.
    if (static_cast<int64_t>(prompts[i].size()) + sampling.tokens - 1 > positions) {
      throw Error(which + " has " + std::to_string(prompts[i].size()) + " tokens, and with " +
                  std::to_string(sampling.tokens) + " more the model has not enough positions, " +
                  std::to_string(positions));
    }
  }
  if (sampling.tokens < 1) throw Error("a row is continued by at least one token");
  if (!(sampling.temperature >= 0) || !std::isfinite(sampling.temperature)) {
    throw Error("a temperature is 0 or above, and finite");
  }
}

}  // namespace

std::vector<Generated> generate(const Policy& policy, const std::vector<Prompt>& prompts,
                                const Sampling& sampling, const RandomStream& random,
                                uint64_t first, int64_t rows_per_pass) {
  check(policy, prompts, sampling);
  const at::NoGradGuard no_gradients;
  std::vector<Generated> out(prompts.size());
  const auto part = static_cast<size_t>(rows_per_pass > 0 ? rows_per_pass : kRowsPerPass);
  for (size_t begin = 0; begin < prompts.size(); begin += part) {
    const size_t end = std::min(begin + part, prompts.size());
    std::vector<const Prompt*> own;
    std::vector<Random> generators;
    size_t longest = 0;
    for (size_t i = begin; i < end; ++i) {
      own.push_back(&prompts[i]);
      generators.push_back(random.at(first + i));
      longest = std::max(longest, prompts[i].size());
    }
    Continuation(
        policy, sampling,
        KeyValueCache(static_cast<int64_t>(own.size()),
                      static_cast<int64_t>(longest) + sampling.tokens, lines_for(prompts.size())))
        .run(own, std::move(generators), out.data() + begin);
  }
  return out;
}

}  // namespace leakprobe
