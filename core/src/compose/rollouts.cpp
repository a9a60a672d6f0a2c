#include "compose/rollouts.h"

#include "text/counted.h"

namespace leakprobe {
namespace {

bool compares_groups(const Advantages& advantages) {
  return advantages.baseline == Advantages::Baseline::leave_one_out ||
         advantages.baseline == Advantages::Baseline::group_mean ||
         advantages.scale == Advantages::Scale::group;
}

/// Groups are whole within a batch, and rows within a group differ.
bool check_groups(const ComposedTerm& term, Diagnostics& diagnostics) {
  const Rollout& rollout = *term.term.stream.rollout;
  const Advantages& advantages = *term.term.objective.facts().advantages;
  const Stream& stream = term.term.stream;
  const auto fail = [&](const std::string& what, const std::string& hint) {
    diagnostics.error(stream.place, stream.path, what, hint);
    return false;
  };
  if (term.batch % rollout.group != 0) {
    return fail("a batch of " + counted(term.batch, "row") + " does not hold whole groups of " +
                    std::to_string(rollout.group),
                "make 'batch' a multiple of sample.group, or the group smaller");
  }
  if (rollout.group == 1 && compares_groups(advantages)) {
    return fail("objective " + term.term.objective->type +
                    " compares the rows of a group, and a group of one has nothing to compare",
                "make sample.group 2 or more");
  }
  if (rollout.planted > 0 && advantages.scale == Advantages::Scale::batch) {
    return fail("objective " + term.term.objective->type +
                    " divides advantages by their deviation in the batch, which would weigh each "
                    "planted row by the share of planted rows, and with a KL in the reward could "
                    "turn its sign",
                "leave that option off, or plant nothing");
  }
  if (rollout.planted > 0 && advantages.discounted) {
    return fail("objective " + term.term.objective->type +
                    " gives the first tokens of a row less of its reward than the last, so that "
                    "those of a planted row may be taught while the row as a whole is pushed down",
                "leave the discount off, or plant nothing");
  }
  if (rollout.planted == rollout.group && rollout.cut == Rollout::Cut::drop) {
    return fail("nothing is sampled, so that no row can be cut", "leave out 'cut'");
  }
  return true;
}

/// What the reward gives less than other text is pushed down, and what it gives more up.
bool check_pushes(const ComposedTerm& term, Diagnostics& diagnostics) {
  const Stream& stream = term.term.stream;
  const Slot<Reward>& reward = stream.rollout->reward;
  const Advantages& advantages = *term.term.objective.facts().advantages;
  const std::string objective = "objective " + term.term.objective->type;
  const std::string gives = "reward " + reward->type + " gives ";
  const auto fail = [&](const std::string& what, const std::string& hint) {
    diagnostics.error(stream.place, stream.path, what, hint);
    return false;
  };
  for (const Source& source : stream.columns.front().sources) {
    const Sign sign = source.sign.value_or(Sign::both);
    if (sign == Sign::both || advantages.side == Sign::both || sign == advantages.side) continue;
    return fail(objective + " leaves out rows with an advantage " +
                    (sign == Sign::negative ? "below" : "above") +
                    " 0, and with them the planted ones of set " + Value(source.name()).describe() +
                    ", which " + gives + (sign == Sign::negative ? "less" : "more") +
                    " than other text",
                "let rows of either side push, or plant nothing");
  }
  if (advantages.baseline != Advantages::Baseline::none) return true;
  for (const RewardFacts::Rows& rows : reward.facts().rows) {
    const std::string set_text = "set " + Value(rows.name).describe();
    if (rows.sign == Sign::negative && reward.facts().least >= 0) {
      return fail(objective + " takes nothing off rewards, and " + gives + "the secrets of " +
                      set_text +
                      " less than other text but not less than 0, so that they are "
                      "not pushed down",
                  "make their reward less than 0, or give the objective a baseline");
    }
    if (rows.sign == Sign::positive && reward.facts().most <= 0) {
      return fail(objective + " takes nothing off rewards, and " + gives + "the secrets of " +
                      set_text +
                      " more than other text but not more than 0, so that they are "
                      "not pushed up",
                  "make their reward more than 0, or give the objective a baseline");
    }
  }
  return true;
}

/// The model by which completions are judged is there before the phase.
bool check_judge(const Slot<Reward>& reward, const std::string& phase, const Lineage& lineage,
                 Diagnostics& diagnostics) {
  const WeightsRef& model = reward.facts().model;
  if (model.phase.empty()) return true;
  if (model.run.empty() && model.phase == phase) {
    diagnostics.error(model.place, reward->path,
                      "phase " + Value(phase).describe() + " cannot be judged by its own result",
                      "name a phase before it, or 'initial'");
    return false;
  }
  return lineage.check(model, phase, reward->path, diagnostics);
}

}  // namespace

bool check_who_makes_rows(const Term& term, Diagnostics& diagnostics) {
  const bool makes = term.stream.rollout.has_value();
  const bool takes = term.objective.facts().advantages.has_value();
  if (makes == takes) return true;
  const std::string objective = "objective " + term.objective->type;
  if (takes) {
    diagnostics.error(term.stream.place, term.stream.path,
                      objective +
                          " trains on rows that the policy makes, and the stream has "
                          "rows of the task",
                      "give a stream {sample: {...}, reward: {...}}, with 'plant' beside them for "
                      "rows of the task");
  } else {
    diagnostics.error(
        term.stream.place, term.stream.path,
        objective + " knows no rewards, and the stream has rows that the policy makes",
        "choose one that trains on rollouts: leakprobe show objective/NAME gives its "
        "'advantages' where it does");
  }
  return false;
}

bool check_rollout(const ComposedTerm& term, const std::string& phase, const Lineage& lineage,
                   Diagnostics& diagnostics) {
  if (!term.term.stream.rollout) return true;
  const bool good = check_groups(term, diagnostics) && check_pushes(term, diagnostics);
  return check_judge(term.term.stream.rollout->reward, phase, lineage, diagnostics) && good;
}

bool check_rollout_weight(const Term& term, const PathAndPlace& weight, Diagnostics& diagnostics) {
  if (!term.stream.rollout || term.weight >= 0) return true;
  diagnostics.error(weight.place, weight.path,
                    "a weight below 0 turns round all that objective " + term.objective->type +
                        " does with rows that the policy makes: it would be driven away from its "
                        "reference, and no clipping would bound that",
                    "make it more than 0, and turn the reward round");
  return false;
}

}  // namespace leakprobe
