#include "kinds.h"

#include <vector>

#include "leakprobe/host/workbench.h"
#include "text.h"

namespace leakprobe::cli {

Kind kind_named(const std::string& name) {
  const std::vector<std::string> names(kKindNames.begin(), kKindNames.end());
  for (size_t i = 0; i < names.size(); ++i) {
    if (name == names[i] || name == names[i] + "s") return static_cast<Kind>(i);
  }
  throw host::UsageError("there is no kind " + in_quotes(name) + "; " +
                         suggest(name, names, "kinds"));
}

}  // namespace leakprobe::cli
