#pragma once

#include <cstdint>

#include "model/simd.h"

namespace leakprobe {

/// result[i] = logits[i][targets[i]] - log sum of e^logits[i], and the latter in `normalisers`;
/// both f32 whatever the logits' type, which is float or Brain. Targets must be in range.
template <class T>
void target_log_softmax(int64_t rows, int64_t vocabulary, const T* logits, const int64_t* targets,
                        float* result, float* normalisers);

/// In place: logits[i][v] becomes scale[i] * ([v == targets[i]] - softmax(logits[i])[v]), the
/// gradient of the above times `scale`; a null `scale` is 1.
template <class T>
void target_log_softmax_slopes(int64_t rows, int64_t vocabulary, T* logits, const int64_t* targets,
                               const float* normalisers, const float* scale);

}  // namespace leakprobe
