#pragma once

#include <any>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "instances/run_context.h"
#include "leakprobe/slot.h"
#include "plugin/guard.h"
#include "plugin/guarded_plugins.h"
#include "plugin/registry.h"

namespace leakprobe {

/// Makes the plugins that a composition chose, each behind its guard; contexts live as long as this
/// object.
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
    std::string plugin = plugin_text(choice.kind, choice.type, choice.path);
    auto instance = std::static_pointer_cast<Interface>(guarded(
        plugin, [&] { return registration->make(choice.options.get(), contexts_.back()); }));
    if constexpr (Interface::kKind == Kind::task) {
      const auto& facts = std::any_cast<const TaskFacts&>(choice.facts);
      return with_guard(std::move(instance), std::move(plugin),
                        RowLimits{facts.longest_row, facts.token_limit, environment_.positions});
    } else if constexpr (Interface::kKind == Kind::objective || Interface::kKind == Kind::probe ||
                         Interface::kKind == Kind::sink || Interface::kKind == Kind::reward) {
      return with_guard(std::move(instance), std::move(plugin),
                        std::any_cast<const typename Interface::Facts&>(choice.facts));
    } else {
      return with_guard(std::move(instance), std::move(plugin));
    }
  }

 private:
  const RunEnvironment& environment_;
  const Registry& registry_;
  std::list<RunContext> contexts_;
};

}  // namespace leakprobe
