#pragma once

#include <boost/icl/closed_interval.hpp>
#include <boost/icl/interval_set.hpp>
#include <cstdint>
#include <functional>

#include "text/utf8.h"

namespace leakprobe {

/// Code points from the first to the last, both included.
using CodePointInterval = boost::icl::closed_interval<std::uint32_t>;

/// A set of code points, as intervals that ascend and do not touch.
using CodePoints = boost::icl::interval_set<std::uint32_t, std::less, CodePointInterval>;

/// All code points that are not among `members`.
inline CodePoints others(const CodePoints& members) {
  CodePoints all;
  all.add(CodePointInterval(0, kLastCodePoint));
  return all - members;
}

}  // namespace leakprobe
