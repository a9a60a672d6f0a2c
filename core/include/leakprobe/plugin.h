#pragma once

#include <any>
#include <concepts>
#include <filesystem>
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
#include "leakprobe/plugin_checks.h"
#include "leakprobe/probe.h"
#include "leakprobe/reward.h"
#include "leakprobe/roles.h"
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
/// so no object can outlive its code.
///
/// What a plugin says follows from its options, from what it is given and from Context::random
/// alone, so that runs can be repeated; instances are made and destroyed as often as the engine
/// likes. What it cannot do it throws, as an exception of any type: nothing of a plugin ends the
/// process. Plugins must leave torch's global state (threads, seeds, default types, gradient mode)
/// alone.
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
  FileKeys config_keys;
  std::function<Value(const void* options)> to_config;
  std::string gguf_architecture;  ///< "" = it reads no GGUF files
  FileKeys gguf_keys;
  std::function<std::shared_ptr<Model>(const void* options, ModelBuilder&)> make;
};

/// One plugin, without its types.
struct Registration {
  Kind kind{};
  std::string name;
  std::string doc;
  /// Whether experiments that name no plugin of this kind mean this one.
  bool is_default = false;
  std::shared_ptr<const Parameters> parameters;
  /// What the class gives as examples, and may put into the folder for them; empty where it gives
  /// none.
  std::function<std::vector<std::string>(const std::filesystem::path& folder)> examples;
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
  /// `doc` is one sentence with its source. The kind follows from the base class. A class that is
  /// no plugin does not compile; plugin_checks.h says why. One class of a kind may say `static
  /// constexpr bool kIsDefault = true`: then experiments that name no plugin of the kind mean it.
  ///
  /// A class may say with which options it can be tried out, by `leakprobe verify` and other tests:
  ///     static std::vector<std::string> examples() { return {"{pattern: '[a-c]+'}"}; }
  /// Each is a mapping as experiments have it, without `type`. Where options name files, `examples(
  /// const std::filesystem::path& folder)` first writes these into the folder, an empty one of the
  /// caller's, to which paths in the examples are relative. Without it a plugin is tried out with
  /// its defaults. What else there is that examples may name, such as sets of rows, phase.h says.
  template <class Plugin = void>
  void add(std::string name, std::string doc);
  template <class Plugin = void>
  void add(std::string name);  ///< does not compile: the doc is missing

 protected:
  virtual void add(Registration registration) = 0;
};

namespace detail {

template <class Plugin>
ModelRegistration model_registration_of() {
  using Options = typename Plugin::Options;
  ModelRegistration model;
  model.model_type = Plugin::kModelType;
  for (const ModelShape<Options>& shape : std::vector<ModelShape<Options>>(Plugin::shapes())) {
    model.shapes.push_back(
        {shape.name, std::make_shared<const Options>(shape.options), shape.vocab_size});
  }
  model.config_keys = Plugin::config_keys();
  model.to_config = [](const void* options) {
    return Plugin::to_config(*static_cast<const Options*>(options));
  };
  if constexpr (requires { Plugin::gguf_keys(); }) {
    model.gguf_architecture = Plugin::kGgufArchitecture;
    model.gguf_keys = Plugin::gguf_keys();
  }
  model.make = [](const void* options, ModelBuilder& builder) -> std::shared_ptr<Model> {
    return std::make_shared<Plugin>(*static_cast<const Options*>(options), builder);
  };
  return model;
}

/// A plugin's class as the core sees it.
template <class Plugin>
Registration registration_of(std::string name, std::string doc) {
  using Options = typename Plugin::Options;
  using Interface = typename Plugin::Interface;
  Registration registration;
  registration.kind = Interface::kKind;
  registration.name = std::move(name);
  registration.doc = std::move(doc);
  registration.is_default = requires { requires Plugin::kIsDefault; };
  registration.parameters = std::make_shared<const Schema<Options>>();
  if constexpr (GivesExamplesInFolder<Plugin>) {
    registration.examples = [](const std::filesystem::path& folder) {
      return std::vector<std::string>(Plugin::examples(folder));
    };
  } else if constexpr (GivesExamples<Plugin>) {
    registration.examples = [](const std::filesystem::path&) {
      return std::vector<std::string>(Plugin::examples());
    };
  }
  registration.facts = [](const void* options) -> std::any {
    if constexpr (HasFacts<Plugin>) {
      return typename Interface::Facts(Plugin::facts(*static_cast<const Options*>(options)));
    } else if constexpr (Interface::kKind == Kind::probe) {
      // Nothing is said of values that their own plugin says nothing of.
      return ProbeFacts{.log_probability = false};
    } else {
      return typename Interface::Facts{};
    }
  };
  if constexpr (Interface::kKind == Kind::model) {
    registration.model = model_registration_of<Plugin>();
  } else if constexpr (Interface::kKind == Kind::phase) {
    registration.make_phase = [](const void* options) -> std::shared_ptr<Phase> {
      return std::make_shared<Plugin>(*static_cast<const Options*>(options));
    };
  } else {
    registration.make = [](const void* options, const Context& context) -> std::shared_ptr<void> {
      std::shared_ptr<Interface> instance =
          std::make_shared<Plugin>(*static_cast<const Options*>(options), context);
      return instance;
    };
  }
  return registration;
}

}  // namespace detail

template <class Plugin>
void Registrar::add(std::string name, std::string doc) {
  if constexpr (detail::is_plugin<Plugin>()) {
    add(detail::registration_of<Plugin>(std::move(name), std::move(doc)));
  }
}

template <class Plugin>
void Registrar::add(std::string) {
  static_assert(detail::kNever<Plugin>,
                "say in a sentence what the plugin is: registrar.add<P>(name, doc)");
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

/// An ELF note in which leakprobe_add_plugin, once the library is linked, writes a checksum of it:
/// a damaged library is then found before any of its code runs. Until then the content is zeros.
struct SealNote {
  unsigned name_size = 10, content_size = sizeof(content), type = 1;
  char name[12] = "leakprobe";
  unsigned char content[40] = {};
};
/// The section that holds it.
#define LEAKPROBE_SEAL_SECTION ".note.leakprobe"

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
  [[gnu::section(LEAKPROBE_SEAL_SECTION), gnu::used,                                           \
    gnu::aligned(4)]] static const ::leakprobe::SealNote leakprobe_seal_note{};                \
  static void leakprobe_register_plugins(::leakprobe::Registrar& registrar);                   \
  extern "C" LEAKPROBE_VISIBLE const ::leakprobe::PluginDescriptor LEAKPROBE_ABI_NAME(         \
      leakprobe_plugin_);                                                                      \
  extern "C" LEAKPROBE_VISIBLE const ::leakprobe::PluginDescriptor LEAKPROBE_ABI_NAME(         \
      leakprobe_plugin_) = {sizeof(::leakprobe::PluginDescriptor), LEAKPROBE_API_VERSION,      \
                            LEAKPROBE_ABI_NAME(leakprobe_core_), &leakprobe_register_plugins}; \
  static void leakprobe_register_plugins(::leakprobe::Registrar& registrar)
