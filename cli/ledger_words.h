#pragma once

#include <string>

#include "leakprobe/value.h"

namespace leakprobe::cli {

/// What the ledger proves, in a sentence or two, with the prefixes behind which roles hold, and
/// what is not known of inherited weights; `ledger` is that of a result or an audit.
std::string ledger_words(const Value& ledger);

}  // namespace leakprobe::cli
