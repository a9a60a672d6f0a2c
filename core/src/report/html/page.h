#pragma once

#include <filesystem>
#include <vector>

#include "report/figures/figure.h"
#include "report/figures/figures.h"

namespace leakprobe {

/// Writes report.html into `out`: one file with the report value, the figures and all that shows
/// them. Adds it to `written`, or the hint why there is none.
void write_page(const Value& report, const std::vector<Figure>& figures,
                const std::filesystem::path& out, FiguresWritten& written);

}  // namespace leakprobe
