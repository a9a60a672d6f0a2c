#pragma once

#include <list>
#include <memory>

#include "leakprobe/slot.h"
#include "plugin/guard.h"
#include "plugin/registry.h"
#include "run/run_context.h"

namespace leakprobe {

/// Makes the plugins that a composition chose; contexts live as long as this object.
class Instances {
 public:
  Instances(const RunEnvironment& environment, const Registry& registry)
      : environment_(environment), registry_(registry) {}

  template <class Interface>
  std::shared_ptr<Interface> make(const PluginChoice& choice) {
    const Registration* registration = registry_.find(choice.kind, choice.type);
    LEAKPROBE_CHECK(registration && choice.kind == Interface::kKind,
                    "a composed slot names an unknown plugin");
    contexts_.emplace_back(environment_, choice.path);
    return std::static_pointer_cast<Interface>(guarded(
        [&] {
          return CallSite{plugin_text(choice.kind, choice.type, choice.path), {}, {}};
        },
        [&] { return registration->make(choice.options.get(), contexts_.back()); }));
  }

 private:
  const RunEnvironment& environment_;
  const Registry& registry_;
  std::list<RunContext> contexts_;
};

}  // namespace leakprobe
