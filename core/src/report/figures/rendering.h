#pragma once

#include <filesystem>
#include <vector>

#include "report/figures/figures.h"

namespace leakprobe {

/// The folder of templates, scripts and libraries that reports are made with: in the build tree and
/// where leakprobe is installed, share/leakprobe/report beside the folder of this library.
std::filesystem::path report_resources();

/// Makes an SVG and a PNG (twice the size) beside each of these *.vl.json. Adds them to `written`,
/// or the hint why they are missing.
void render_figures(const std::vector<std::filesystem::path>& specs, FiguresWritten& written);

}  // namespace leakprobe
