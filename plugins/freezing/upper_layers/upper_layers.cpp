#include "upper_layers.h"

#include <cmath>

#include "leakprobe/plugin.h"

namespace leakprobe {

void UpperLayers::Options::declare(Schema<Options>& schema) {
  schema.field("fraction", &Options::fraction, between(0.0, 1.0),
               "Share of the transformer blocks that is frozen, counted from the output: blocks "
               "with index >= floor(blocks * (1 - fraction)).");
  schema.field("head", &Options::head, kAny,
               "Whether the output head is frozen too; where it is tied to the input embedding, "
               "that freezes the embedding.");
}

std::vector<bool> UpperLayers::trainable(std::span<const ParameterInfo> parameters,
                                         int64_t blocks) const {
  // 10 * (1 - 0.9) is a little below 1 in binary: a whole number must survive the rounding.
  const auto first_frozen = static_cast<int64_t>(
      std::floor(static_cast<double>(blocks) * (1.0 - options_.fraction) + 1e-9));
  std::vector<bool> trained;
  for (const ParameterInfo& parameter : parameters) {
    const bool tied_head = parameter.part != Part::head && !parameter.tied_to.empty();
    const bool is_head = parameter.part == Part::head || tied_head;
    if (options_.head && tied_head) {
      context_.warn(parameter.name + " is tied to the output head " + parameter.tied_to +
                    ": freezing the head freezes it too");
    }
    trained.push_back(!(parameter.block >= first_frozen || (options_.head && is_head)));
  }
  return trained;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::UpperLayers>(
      "upper_layers", "Freezes the upper blocks and the output head (Roger 2023).");
}
