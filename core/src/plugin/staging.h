#pragma once

#include <string>
#include <utility>
#include <vector>

#include "leakprobe/plugin.h"

namespace leakprobe {

/// Whether it is a good name for a plugin: short snake_case words with dots between them, such as
/// "dpo" and "acme.ipo".
bool is_plugin_name(const std::string& name);

/// Collects what one library registers, so that it can be taken or left as a whole.
class StagingRegistrar final : public Registrar {
 public:
  std::vector<Registration> take() && { return std::move(registrations_); }

 protected:
  /// Throws Error for a name that is no name, an empty doc, or a plugin that is there already.
  void add(Registration registration) override;

 private:
  std::vector<Registration> registrations_;
};

}  // namespace leakprobe
