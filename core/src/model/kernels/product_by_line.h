#pragma once

#include <cstdint>

namespace leakprobe {

/// Lines that are multiplied side by side.
inline constexpr int64_t kPanelLines = 16;

/// A product of lines that do not know of one another.
struct LineProduct {
  int64_t lines = 0;
  int64_t in = 0;
  int64_t out = 0;
  /// x (lines, in) as `pack_panels` gives it, aligned to 64 bytes.
  const float* panels = nullptr;
  const float* weight = nullptr;  ///< (out, in)
  const float* bias = nullptr;    ///< (out), or null
  float* result = nullptr;        ///< (lines, out)
};

/// Floats that the panels of so many lines take.
constexpr int64_t panels_size(int64_t lines, int64_t in) {
  return (lines + kPanelLines - 1) / kPanelLines * kPanelLines * in;
}

/// x (lines, in) by panels of kPanelLines lines: (panels, in, kPanelLines), with zeros for the
/// lines that the last one lacks.
void pack_panels(int64_t lines, int64_t in, const float* x, float* panels);

/// result = x weight^T + bias. Each number is summed in the order of `in` and the bias added last,
/// whatever stands beside it: its bits depend on its line and its row of the weight alone. Large
/// products go to several threads.
void product_by_line(const LineProduct& product);

}  // namespace leakprobe
