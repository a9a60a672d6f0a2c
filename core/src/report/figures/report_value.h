#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leakprobe/value.h"

/// Reading the report value (its shape: leakprobe/host/report.h) for figures.
namespace leakprobe {

/// The scalar under `key` as text; "" where it is absent, null or no scalar.
std::string text_at(const Value& map, std::string_view key);

/// One way in which the groups of a report differ.
struct ReportAxis {
  std::string name;
  std::vector<std::string> cases;  ///< in their order
};

/// The report's axes. Without a sweep, several groups differ along one axis of their labels.
std::vector<ReportAxis> report_axes(const Value& report);
/// A group's case on an axis that `report_axes` gave.
std::string case_of(const Value& group, const ReportAxis& axis);

/// How many runs of a group are VALID: "3 of 4".
std::string valid_of_all(const Value& group);

/// What is said in the place of a group without a VALID run: the verdict of all its runs, "NONE
/// VALID" where they have several.
std::string verdict_of_all(const Value& group);

/// What a claim's set is held against: {set, what is subtracted}; the second is "" where nothing
/// is.
std::pair<std::string, std::string> sides_of(const Value& claim);

/// What the numbers of a group's claim and curves are, as the title of an axis: "nats per token
/// above chance", "log2 rank (smaller is more leak)", "likelihood, as measured" where nobody says a
/// unit.
std::string unit_text(const Value& group, bool above_chance);

/// The same below a figure's title, with the direction in which more leak lies whichever it is:
/// "nats per token above chance (larger is more leak)".
std::string scale_text(const Value& group, bool above_chance);

/// "Claim 'relearned': " of one of several claims; "" where it has no name.
std::string claim_heading(const std::string& name);

/// A text as part of a file name: "freezing=with, x" is "freezing-with-x".
std::string file_name_of(std::string_view text);

}  // namespace leakprobe
