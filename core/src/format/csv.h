#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

/// One line of comma-separated values (RFC 4180, but with a bare newline at the end, as R and
/// pandas write): numbers in the shortest form that reads back equal, null as nothing, text in
/// quotation marks where it needs them, lists and maps as JSON.
std::string csv_line(const std::vector<Value>& cells);

/// The same table for spreadsheets, which compute cells that begin with '=', '+', '-' or '@': those
/// that are no numbers get an apostrophe before them, also where ';' or a tab separates cells.
std::string without_formulas(std::string_view csv);

}  // namespace leakprobe
