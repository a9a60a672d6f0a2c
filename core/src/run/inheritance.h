#pragma once

#include <string>
#include <vector>

#include "compose/composition.h"
#include "evidence/watched_rows.h"
#include "plugin/registry.h"

namespace leakprobe {

/// Reports each phase whose weights, of another run among `origins`, were pushed towards a row that
/// is protected here or trained on one of the control, and the same of a model.path that is another
/// run's checkpoint. Of weights that a phase only learns by it warns.
void check_inherited(const Composition& composition, const WatchedRows& watched,
                     const std::vector<WeightsRef>& origins, const Registry& registry,
                     Diagnostics& diagnostics);

/// What is to be said behind the proof of weights of other runs by which a phase learns, its terms'
/// references and its rewards' models, though it does not start from them: what they were taught of
/// that is protected or the control here. Sentences without their end.
std::vector<std::string> notes_on_teachers(const Composition& composition,
                                           const ComposedPhase& phase, const WatchedRows& watched,
                                           const Registry& registry);

/// The same of a model.path that is another run's checkpoint.
std::vector<std::string> notes_on_model(const Composition& composition, const WatchedRows& watched,
                                        const Registry& registry);

}  // namespace leakprobe
