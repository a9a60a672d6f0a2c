#pragma once

namespace leakprobe {

/// What matrix products multiply; everything else is f32 in both.
enum class Compute { float32, bfloat16 };

}  // namespace leakprobe
