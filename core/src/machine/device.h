#pragma once

#include <c10/core/Device.h>

namespace leakprobe {

/// Makes a run's device ready, before anything is multiplied. On a GPU: operations whose results do
/// not depend on the order in which threads finish, f32 products that multiply whole f32 numbers,
/// and sums in f32 of bf16 products. On a CPU: code of products kept for fewer sizes, unless the
/// environment says for how many. Throws Error where the device is not there.
void prepare_device(c10::Device device);

}  // namespace leakprobe
