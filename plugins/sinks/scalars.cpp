#include "scalars.h"

#include <utility>

namespace leakprobe {
namespace {

std::optional<double> number(const Value& value) {
  if (value.type() != Value::Type::number && value.type() != Value::Type::integer) {
    return std::nullopt;
  }
  return value.as_number();
}

class Collector {
 public:
  /// `at` has the phase and the step.
  explicit Collector(const Value& at) {
    const Value* step = at.find("step");
    phase_ = at.find_text("phase");
    known_ = step != nullptr && step->type() == Value::Type::integer && !phase_.empty();
    if (known_) step_ = step->as_integer();
  }

  void add(std::string name, std::optional<double> value) {
    if (known_ && value) scalars_.push_back({phase_, step_, std::move(name), "", "", *value, {}});
  }

  /// A step's numbers and those of its terms.
  void add_metrics(const Value& map, const std::string& before) {
    for (const Value::Entry& entry : map.entries()) {
      if (entry.key == "v" || entry.key == "step") continue;
      if (entry.value.is_map()) {
        add_metrics(entry.value, entry.key == "terms" ? before : before + entry.key + "/");
      } else {
        add(before + entry.key, number(entry.value));
      }
    }
  }

  void add_cells(const Value& record) {
    const Value* cells = record.find("cells");
    if (!known_ || cells == nullptr || !cells->is_list()) return;
    for (const Value& cell : cells->as_list()) {
      const auto value = cell.find_number("value");
      if (!value) continue;
      scalars_.push_back({phase_, step_, record.find_text("probe"), cell.find_text("set"),
                          cell.find_text("prefix"), *value, cell.find_number("leak")});
    }
  }

  std::vector<Scalar> take() { return std::move(scalars_); }

 private:
  std::string phase_;
  int64_t step_ = 0;
  bool known_ = false;
  std::vector<Scalar> scalars_;
};

}  // namespace

std::vector<Scalar> scalars_of(const Value& record) {
  const std::string kind = record.find_text("record");
  if (kind == "result") {
    const Value* claim = record.find("claim");
    if (claim == nullptr) return {};
    Collector collector(*claim);
    for (const char* key : {"leak", "control_leak", "effect"}) {
      collector.add(std::string("claim/") + key, claim->find_number(key));
    }
    return collector.take();
  }
  Collector collector(record);
  if (kind == "evaluation") {
    collector.add_cells(record);
  } else {
    collector.add_metrics(record, "");
  }
  return collector.take();
}

}  // namespace leakprobe
