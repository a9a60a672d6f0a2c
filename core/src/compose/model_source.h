#pragma once

#include <optional>

#include "compose/composition.h"
#include "compose/slots.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The model that `value`, under `model:`, describes, for a task whose rows it must be able to
/// read; `resolved` gets it with every default. Nothing where something was wrong: then it has been
/// reported. Without `task` only the options are read.
std::optional<ModelSource> compose_model(const Value& value, const TaskFacts* task, Slots& slots,
                                         Value& resolved);

/// What belongs to the engine in every model.
const Parameters& model_parameters();
/// JSON Schema of what belongs to the engine in every model.
Value model_keys_schema();

}  // namespace leakprobe
