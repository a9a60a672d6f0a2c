#include "report/runs_csv.h"

#include <vector>

#include "format/csv.h"
#include "report/gate_names.h"

namespace leakprobe {

std::string runs_csv(const Value& report) {
  std::vector<Value> names;
  for (const Value& axis : report.items("axes")) names.push_back(axis.at("name"));
  std::vector<Value> cells = {"group"};
  cells.insert(cells.end(), names.begin(), names.end());
  for (const char* name :
       {"seed", "verdict", "leak", "control_leak", "effect", "step", "unit", "direction",
        "configuration", "model", "compute", "directory", "reasons", "claim"}) {
    cells.push_back(name);
  }
  const std::vector<std::string> gates = gate_names(report);
  for (const std::string& gate : gates) cells.push_back("gate:" + gate);
  std::string text = csv_line(cells);
  for (const Value& group : report.items("groups")) {
    for (const Value& run : group.items("runs")) {
      cells = {group.at("label")};
      for (const Value& axis : names) {
        const Value* label = group.at("labels").find(axis.as_string());
        cells.push_back(label != nullptr ? *label : Value());
      }
      for (const char* key : {"seed", "verdict", "leak", "control_leak", "effect", "step"}) {
        cells.push_back(run.at(key));
      }
      for (const char* key : {"unit", "direction", "configuration", "model", "compute"}) {
        cells.push_back(group.at(key));
      }
      cells.push_back(run.at("directory"));
      std::string reasons;
      for (const Value& reason : run.items("reasons")) {
        reasons += (reasons.empty() ? "" : "; ") + reason.as_string();
      }
      cells.push_back(reasons);
      const Value* claim = group.find("claim_name");
      cells.push_back(claim != nullptr ? *claim : Value());
      for (const std::string& gate : gates) {
        const Value* value = run.at("gates").find(gate);
        cells.push_back(value != nullptr ? *value : Value());
      }
      text += csv_line(cells);
    }
  }
  return text;
}

}  // namespace leakprobe
