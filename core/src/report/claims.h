#pragma once

#include <string>
#include <vector>

#include "report/find_runs.h"

namespace leakprobe {

/// The names of the claims that a run makes, the deciding one first; none where it makes one or
/// none. Of a run without a result as its experiment states them.
std::vector<std::string> claim_names(const RunRecord& run);

/// Each run once for each claim that it makes, with the claim's name where there are several. What
/// a run was never told, as one that has not begun, it takes from others of its configuration. A
/// VALID run that did not measure a claim is INVALID for that one.
std::vector<FoundRun> by_claim(const std::vector<FoundRun>& runs);

/// All names of claims that these runs make beside others.
std::vector<std::string> all_claim_names(const std::vector<FoundRun>& runs);

/// Each run with the claim of that name alone; "" is the deciding one. Throws host::UsageError
/// where no run makes a claim of that name.
std::vector<FoundRun> with_claim(const std::vector<FoundRun>& runs, const std::string& name);

/// Sets claim_name and other_claims of something that shows the claim `name` of `all`; nothing
/// where it has no name.
void say_claim(Value& value, const std::string& name, const std::vector<std::string>& all);

}  // namespace leakprobe
