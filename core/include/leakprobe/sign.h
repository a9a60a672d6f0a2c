#pragma once

#include <array>

#include "leakprobe/words.h"

namespace leakprobe {

/// Whether text is made more likely or less.
enum class Sign { positive, negative, both, none };
constexpr auto words_of(Sign) {
  return std::array{Word{Sign::positive, "positive", "more likely"},
                    Word{Sign::negative, "negative", "less likely"},
                    Word{Sign::both, "both", "one or the other"},
                    Word{Sign::none, "none", "neither: it is looked at alone"}};
}

}  // namespace leakprobe
