#include "report/gate_names.h"

#include <algorithm>
#include <iterator>

#include "compose/words.h"
#include "leakprobe/host/workbench.h"
#include "text/quote.h"

namespace leakprobe {
std::string gate_name(const Value& gate) {
  const std::string phase = gate.find_text("phase"), name = gate.find_text("name");
  return phase.empty() ? name : phase + "." + name;
}

std::vector<std::string> gate_names(const Value& report) {
  std::vector<std::string> names;
  for (const Value& group : report.items("groups")) {
    for (const Value& run : group.items("runs")) {
      for (const Value::Entry& gate : run.at("gates").entries()) {
        if (!contains(names, gate.key)) names.push_back(gate.key);
      }
    }
  }
  return names;
}

std::string meant_gate(const Value& report, const std::string& name) {
  const std::vector<std::string> names = gate_names(report);
  if (contains(names, name)) return name;
  std::vector<std::string> meant;
  std::copy_if(names.begin(), names.end(), std::back_inserter(meant),
               [&](const std::string& gate) { return gate.ends_with("." + name); });
  if (meant.size() == 1) return meant.front();
  if (!meant.empty()) {
    throw host::UsageError("several phases have a gate " + quote(name) + "; name one of " +
                           printable(enumerate(meant)));
  }
  throw host::UsageError("no run has a value of a gate " + quote(name) + "; " +
                         (names.empty() ? "none has one of any gate yet"
                                        : "there are " + printable(enumerate(names))));
}

}  // namespace leakprobe
