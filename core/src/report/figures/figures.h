#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

/// How a report calls itself as the maker of files (see format/own_files.h).
inline constexpr const char* kReportMaker = "report";

struct FiguresWritten {
  std::vector<std::filesystem::path> files;
  /// What could not be made, why, and what to do about it; a sentence each.
  std::vector<std::string> hints;
};

/// Writes what people look at of a report value (its shape: leakprobe/host/report.h) into `out`:
/// figures/<name>.{vl.json,csv}, the same as SVG and PNG where the renderer is installed, and
/// report.html, which needs no other file and no network. Earlier files of these names are
/// replaced. Throws Error where `out` cannot be written or a run's records are damaged.
FiguresWritten write_figures(const Value& report, const std::filesystem::path& out);

}  // namespace leakprobe
