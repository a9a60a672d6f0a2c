#include "model/problems.h"

#include <algorithm>
#include <utility>

namespace leakprobe {
namespace {

constexpr size_t kShown = 8;

}  // namespace

void Problems::add(std::string what, std::string remedy) {
  problems_.push_back({std::move(what), std::move(remedy)});
}

void Problems::forget(std::string_view ending) {
  std::erase_if(problems_, [&](const Problem& problem) { return problem.what.ends_with(ending); });
}

std::string Problems::text() const {
  std::vector<std::string> parts;
  for (size_t i = 0; i < std::min(problems_.size(), kShown); ++i) {
    parts.push_back(problems_[i].what);
  }
  if (problems_.size() > kShown) {
    parts.push_back("and " + std::to_string(problems_.size() - kShown) + " more");
  }
  for (const Problem& problem : problems_) {
    if (std::find(parts.begin(), parts.end(), problem.remedy) == parts.end()) {
      parts.push_back(problem.remedy);
    }
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace leakprobe
