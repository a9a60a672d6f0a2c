#pragma once

#include <string>
#include <vector>

#include "alphabet.h"
#include "leakprobe/params.h"
#include "leakprobe/probe.h"

namespace leakprobe {

/// How often a secret's token is the one of its alphabet that the model finds least likely: what
/// training pushed down can be read from the bottom of the distribution, as the introduction of
/// Roger 2023 (arXiv:2306.07567) says. The chance is one in the number of letters.
class LowestLogit final : public Probe {
 public:
  struct Options : AlphabetOptions {
    int64_t from = 1;
    int64_t beam = 0;
    static void declare(Schema<Options>& schema);
  };
  static ProbeFacts facts(const Options& options);
  static std::vector<std::string> examples() { return {"{tokens: 26, beam: 4}"}; }
  LowestLogit(const Options& options, const Context& context)
      : options_(options), alphabet_(options, context) {}

  void check(const std::vector<ProbeCell>& cells,
             const std::optional<int64_t>& vocabulary) const override;
  /// A cell's value is the share of its rows' positions from `from` on whose token is the lowest
  /// when the tokens before are given; of m lowest ones each counts 1/m. Along `position`, counted
  /// from 1 at the secret's first token, each by itself. With a beam the aggregate `found` is the
  /// share of secrets that a search knowing none of them comes upon.
  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override;

 private:
  const Options options_;
  const Alphabet alphabet_;
};

}  // namespace leakprobe
