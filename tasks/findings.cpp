#include "findings.h"

#include <utility>

#include "leakprobe/diagnosed_error.h"

namespace leakprobe::texts {
namespace {

/// More than anybody reads at once.
constexpr int64_t kMostTold = 40;

}  // namespace

void Findings::add(Place place, std::string message, std::string hint) {
  if (++count_ > kMostTold) return;
  told_.error(std::move(place), "", std::move(message), std::move(hint));
}

void Findings::require_none() const {
  if (!any()) return;
  std::vector<Diagnostic> all = told_.sorted();
  if (count_ > kMostTold) {
    // Behind the last that is told, where diagnostics are put into the order of lines.
    const std::string more =
        std::to_string(count_ - kMostTold) + " more mistakes stand in this file";
    all.push_back({Diagnostic::Severity::error, all.back().place, "", more, ""});
  }
  throw DiagnosedError(std::move(all));
}

}  // namespace leakprobe::texts
