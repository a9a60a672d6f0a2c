#pragma once

#include <any>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "leakprobe/abi.h"
#include "leakprobe/context.h"
#include "leakprobe/freezing.h"
#include "leakprobe/model.h"
#include "leakprobe/objective.h"
#include "leakprobe/optimizer.h"
#include "leakprobe/params.h"
#include "leakprobe/phase.h"
#include "leakprobe/probe.h"
#include "leakprobe/schedule.h"
#include "leakprobe/sink.h"
#include "leakprobe/task.h"

/// What a plugin library needs: its classes and one LEAKPROBE_PLUGIN block.
///
///     LEAKPROBE_PLUGIN(registrar) {
///       registrar.add<Npo>("npo", "Negative preference optimisation (Zhang et al. 2024).");
///     }
///
/// Libraries are never unloaded: torch types, exceptions and std::make_shared make it unsafe, and
/// so no object can outlive its code. Plugins must leave torch's global state (threads, seeds,
/// default types, gradient mode) alone.
namespace leakprobe {

/// What only model plugins register.
struct ModelRegistration {
  struct Shape {
    std::string name;
    std::shared_ptr<const void> options;
    int64_t vocab_size;
  };
  std::string model_type;
  std::vector<Shape> shapes;
  std::function<std::shared_ptr<const void>(const ConfigReader&)> from_config;
  std::function<Value(const void* options)> to_config;
  std::function<std::shared_ptr<const void>(const ConfigReader&)> from_gguf;  ///< may give nullptr
  std::function<std::shared_ptr<Model>(const void* options, ModelBuilder&)> make;
};

/// One plugin, without its types.
struct Registration {
  Kind kind{};
  std::string name;
  std::string doc;
  std::shared_ptr<const Parameters> parameters;
  /// The kind's Facts in a std::any.
  std::function<std::any(const void* options)> facts;
  /// A std::shared_ptr<Interface> as void; not for models.
  std::function<std::shared_ptr<void>(const void* options, const Context&)> make;
  /// For phases, which are made while checking.
  std::function<std::shared_ptr<Phase>(const void* options)> make_phase;
  std::optional<ModelRegistration> model;
};

/// Takes a library's plugins; only a library that registered all of them without error is used.
class Registrar {
 public:
  virtual ~Registrar() = default;

  /// Registers class `Plugin` as `name` (snake_case; third-party names carry a prefix and a dot);
  /// `doc` is one sentence with its source. The kind follows from the base class.
  template <class Plugin>
  void add(std::string name, std::string doc);

 protected:
  virtual void add(Registration registration) = 0;
};

template <class Plugin>
void Registrar::add(std::string name, std::string doc) {
  using Options = typename Plugin::Options;
  Registration registration;
  registration.kind = Plugin::kKind;
  registration.name = std::move(name);
  registration.doc = std::move(doc);
  registration.parameters = std::make_shared<const Schema<Options>>();
  registration.facts = [](const void* options) -> std::any {
    if constexpr (requires(const Options& o) { Plugin::facts(o); }) {
      return typename Plugin::Facts(Plugin::facts(*static_cast<const Options*>(options)));
    } else {
      return typename Plugin::Facts{};
    }
  };
  if constexpr (Plugin::kKind == Kind::model) {
    ModelRegistration model;
    model.model_type = Plugin::kModelType;
    for (const auto& shape : Plugin::shapes()) {
      model.shapes.push_back(
          {shape.name, std::make_shared<const Options>(shape.options), shape.vocab_size});
    }
    model.from_config = [](const ConfigReader& config) -> std::shared_ptr<const void> {
      return std::make_shared<const Options>(Plugin::from_config(config));
    };
    model.to_config = [](const void* options) {
      return Plugin::to_config(*static_cast<const Options*>(options));
    };
    model.from_gguf = [](const ConfigReader& metadata) -> std::shared_ptr<const void> {
      std::optional<Options> options = Plugin::from_gguf(metadata);
      return options ? std::make_shared<const Options>(*std::move(options)) : nullptr;
    };
    model.make = [](const void* options, ModelBuilder& builder) -> std::shared_ptr<Model> {
      return std::make_shared<Plugin>(*static_cast<const Options*>(options), builder);
    };
    registration.model = std::move(model);
  } else if constexpr (Plugin::kKind == Kind::phase) {
    registration.make_phase = [](const void* options) -> std::shared_ptr<Phase> {
      return std::make_shared<Plugin>(*static_cast<const Options*>(options));
    };
  } else {
    registration.make = [](const void* options, const Context& context) -> std::shared_ptr<void> {
      std::shared_ptr<typename Plugin::Interface> instance =
          std::make_shared<Plugin>(*static_cast<const Options*>(options), context);
      return instance;
    };
  }
  add(std::move(registration));
}

/// The one exported object of a plugin library; plain data, so that reading it runs no code.
struct PluginDescriptor {
  unsigned size;         ///< sizeof(PluginDescriptor)
  unsigned api_version;  ///< LEAKPROBE_API_VERSION
  /// The fingerprint object of the core that the library was bound to: proof that the process holds
  /// one core only.
  const char* core;
  void (*register_plugins)(Registrar&);
};

/// Descriptors are named with this and the fingerprint, so that it can be read from a file.
inline constexpr const char* kDescriptorPrefix = "leakprobe_plugin_";

}  // namespace leakprobe

#define LEAKPROBE_JOIN_NAME(prefix, suffix) prefix##suffix
#define LEAKPROBE_NAME_WITH(prefix, suffix) LEAKPROBE_JOIN_NAME(prefix, suffix)
/// `prefix` with the ABI fingerprint behind it, as one identifier.
#define LEAKPROBE_ABI_NAME(prefix) LEAKPROBE_NAME_WITH(prefix, LEAKPROBE_ABI_SYMBOL_SUFFIX)
#define LEAKPROBE_VISIBLE __attribute__((visibility("default")))

extern "C" {
/// The core's fingerprint as text. Its name carries the fingerprint: a plugin compiled with other
/// headers, another LibTorch or another C++ ABI does not link.
LEAKPROBE_VISIBLE extern const char LEAKPROBE_ABI_NAME(leakprobe_core_)[];
}

/// Opens the block that registers a library's plugins; once a library, in any source file of it.
#define LEAKPROBE_PLUGIN(registrar)                                                            \
  static void leakprobe_register_plugins(::leakprobe::Registrar& registrar);                   \
  extern "C" LEAKPROBE_VISIBLE const ::leakprobe::PluginDescriptor LEAKPROBE_ABI_NAME(         \
      leakprobe_plugin_);                                                                      \
  extern "C" LEAKPROBE_VISIBLE const ::leakprobe::PluginDescriptor LEAKPROBE_ABI_NAME(         \
      leakprobe_plugin_) = {sizeof(::leakprobe::PluginDescriptor), LEAKPROBE_API_VERSION,      \
                            LEAKPROBE_ABI_NAME(leakprobe_core_), &leakprobe_register_plugins}; \
  static void leakprobe_register_plugins(::leakprobe::Registrar& registrar)
