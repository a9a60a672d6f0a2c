#pragma once

#include <string>
#include <vector>

#include "leakprobe/phase.h"

/// Gates for the plans of phases: what must hold for a run to say anything.
namespace leakprobe {

/// The control's likelihood is within 0.1 nats of chance at the end, where all that `term` makes
/// more likely is drawn from the control's distribution.
Measurement at_chance_gate(const Term& term, const TaskFacts& task);

/// The term's margins are 0 to 1e-4 at its first step: the policy is the reference there. Where the
/// objective has no reference, margins start anywhere.
Measurement starts_equal_gate(const Term& term, const WeightsRef& from);

/// Every set with a size that `term` makes less likely is more than 1 nat a token below the control
/// at the end, each behind the prefix with which it is trained. A reward that gives a set's secrets
/// less makes them less likely, planted or not. Of a set of which the term takes a part, it is
/// that.
Measurement suppressed_gate(const Term& term, const TaskFacts& task);

/// The control behind the prefixes of those sets has lost less than 1 nat a token since the phase's
/// start: what takes it along pushes text down in general, and not these rows.
Measurement control_holds_gate(const Term& term, const TaskFacts& task);

/// Every set with a size that some term makes more likely is more than 1 nat a token above the
/// control at the end.
Measurement recovered_gate(const std::vector<Term>& terms, const TaskFacts& task);

/// The margin of each term that has one is positive at the end: "margin", or "margin/<term>" where
/// there are several.
std::vector<Measurement> margin_gates(const std::vector<Term>& terms);

/// Of each term whose rows the policy makes, "<gate>/<term>" where there are several:
///   some_signal: some planted row's reward pushed it to the side that it says, or where nothing is
///     planted, some sampled row's pushed it;
///   in_alphabet: above 99 % of the last steps' sampled rows are made of tokens of secrets alone,
///     where the task has a level of chance and so an alphabet;
///   old_is_policy: at the first step sampler and training pass agree to 2 % on the probability of
///     a sampled token, which bfloat16 keeps to, and another temperature or a cut tail does not; at
///     the first with a sampled row, where all of a batch were dropped;
///   kl: sampled tokens are at most 0.5 nats likelier than under the reference in the last steps,
///     by the policy that made them;
///   kl_estimate: they are not so much less likely, all together, that chance explains it in fewer
///     than one of a million runs (e^-14): rows that are not the policy's own tell no divergence.
/// Terms of weight 0 train nothing and have none.
std::vector<Measurement> rollout_gates(const std::vector<Term>& terms, const TaskFacts& task);

}  // namespace leakprobe
