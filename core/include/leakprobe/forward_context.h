#pragma once

namespace leakprobe {

/// One pass through a model: compute type, positions, mask, caches. Opaque to models, which only
/// hand it to the operations of ops.h.
class ForwardContext;

}  // namespace leakprobe
