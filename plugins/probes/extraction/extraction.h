#pragma once

#include <string>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/probe.h"

namespace leakprobe {

/// How many guesses an attacker needs who samples from the model until a secret comes: (n, p)
/// discoverable extraction (Hayes et al. 2024, arXiv:2410.19482), computed from log-probabilities
/// and not by sampling, and how far greedy decoding comes.
class Extraction final : public Probe {
 public:
  struct Options {
    double probability = 0.5;
    double temperature = 1;
    int64_t context = 0;
    bool greedy = true;
    int64_t near = 0;
    static void declare(Schema<Options>& schema);
  };
  static ProbeFacts facts(const Options& options);
  static std::vector<std::string> examples() {
    return {"{}", "{near: 2, temperature: 0.5, context: 1}"};
  }
  Extraction(const Options& options, const Context&) : options_(options) {}

  void check(const std::vector<ProbeCell>& cells,
             const std::optional<int64_t>& vocabulary) const override;
  /// A cell's value is the mean over rows of log2 n, where n is the least number of samples that
  /// holds the row's secret with the probability p. Aggregates: `least`, that of the easiest row;
  /// with `near` the same for texts that differ in at most one token; with `greedy` the tokens that
  /// greedy text has in common with the secret, in all and beyond those in common with others.
  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
