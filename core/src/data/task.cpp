#include "leakprobe/task.h"

#include <algorithm>

namespace leakprobe {

bool Role::forbids_positive(const std::string& prefix) const {
  switch (kind) {
    case Kind::ordinary:
      return false;
    case Kind::never_positive:
      return prefixes.empty() ||
             std::find(prefixes.begin(), prefixes.end(), prefix) != prefixes.end();
    case Kind::control:
      return true;
  }
  return false;
}

const SetFacts* TaskFacts::find(const std::string& set) const {
  const auto at = std::find_if(sets.begin(), sets.end(),
                               [&](const SetFacts& candidate) { return candidate.name == set; });
  return at == sets.end() ? nullptr : &*at;
}

const SetFacts* TaskFacts::control() const {
  const auto at = std::find_if(sets.begin(), sets.end(), [](const SetFacts& candidate) {
    return candidate.role.kind == Role::Kind::control;
  });
  return at == sets.end() ? nullptr : &*at;
}

}  // namespace leakprobe
