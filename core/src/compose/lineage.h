#pragma once

#include <map>
#include <string>
#include <vector>

#include "leakprobe/diagnostic.h"
#include "leakprobe/weights_ref.h"

namespace leakprobe {

/// The model as it was before the first phase, as `from:` and `reference:` call it.
inline constexpr const char* kInitial = "initial";

/// Which phases there are and which of them come before the present one.
class Lineage {
 public:
  /// All phases in the file's order.
  void declare(const std::string& name, bool skipped);
  /// The declared phase `name` is done: later ones may start from it.
  void pass(const std::string& name);

  bool declared(const std::string& name) const { return skipped_.count(name) > 0; }

  /// The last phase that is done, or "initial".
  WeightsRef latest() const;
  /// Whether phase `name` is `from` or comes after it in the file; any does where `from` is "".
  bool is_from(const std::string& from, const std::string& name) const;
  /// Names of the phases that are run.
  std::vector<std::string> run_names() const;

  /// Whether phase `by`, which comes next, may use the weights that `origin` names; reported where
  /// it may not.
  bool check(const WeightsRef& origin, const std::string& by, const std::string& path,
             Diagnostics& diagnostics) const;
  /// Whether a measurement may be made in phase `name`; reported where it may not.
  bool check_run(const std::string& name, const Place& place, const std::string& path,
                 Diagnostics& diagnostics) const;

 private:
  std::vector<std::string> order_;
  std::map<std::string, bool> skipped_;
  std::vector<std::string> passed_;
};

}  // namespace leakprobe
