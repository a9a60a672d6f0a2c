#pragma once

#include <any>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "leakprobe/error.h"
#include "leakprobe/kind.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// A plugin that an experiment chose, with its checked options; not yet an instance.
struct PluginChoice {
  Kind kind{};
  std::string type;  ///< such as "dpo" or "acme.ipo"
  std::string name;  ///< the name under the kind's top-level map, or ""
  std::string path;  ///< where in the experiment
  Place place;
  std::shared_ptr<const void> options;
  std::any facts;  ///< the kind's facts struct, such as ObjectiveFacts
  Value resolved;  ///< {type: ..., every option}
};

/// A parameter that names a plugin of one kind: in the file a mapping with `type:`, or a name under
/// the top-level map of the kind (`objectives:`).
/// `Interface` is the kind's abstract class; it has `kKind` and `Facts`.
template <class Interface>
class Slot {
 public:
  Slot() = default;
  /// The default where the file says nothing: plugin `type` with its default options.
  explicit Slot(std::string type) : default_type_(std::move(type)) {}
  explicit Slot(std::shared_ptr<const PluginChoice> choice) : choice_(std::move(choice)) {}

  explicit operator bool() const { return choice_ != nullptr; }
  const PluginChoice& operator*() const {
    LEAKPROBE_CHECK(choice_, "an empty slot was used");
    return *choice_;
  }
  const PluginChoice* operator->() const { return &**this; }
  std::shared_ptr<const PluginChoice> choice() const { return choice_; }
  const std::string& default_type() const { return default_type_; }

  /// What the chosen plugin consumes and needs.
  const auto& facts() const {
    return std::any_cast<const typename Interface::Facts&>((**this).facts);
  }

 private:
  std::string default_type_;
  std::shared_ptr<const PluginChoice> choice_;
};

template <class Interface>
struct ParameterType<Slot<Interface>> {
  static_assert(
      requires { requires std::is_same_v<Interface, typename Interface::Interface>; },
      "a Slot is of a kind: Slot<Objective>, Slot<Freezing>, ...");
  static std::string name() { return std::string(name_of(Interface::kKind)); }
  static Value schema() { return detail::pair("$ref", "#/$defs/" + name()); }
  static bool read(Slot<Interface>& out, const Value& value, const std::string& path,
                   Reader& reader) {
    auto choice = reader.resolver().choose(Interface::kKind, value, path, reader);
    if (!choice) return false;
    out = Slot<Interface>(std::move(choice));
    return true;
  }
  static Value write(const Slot<Interface>& slot) {
    if (slot) return slot->resolved;
    return slot.default_type().empty() ? Value() : detail::pair("type", slot.default_type());
  }
  static void complete(Slot<Interface>& slot, const std::string& path, const Place& place,
                       Reader& reader) {
    if (slot || slot.default_type().empty()) return;
    auto choice = reader.resolver().choose_default(Interface::kKind, slot.default_type(), path,
                                                   place, reader);
    if (choice) slot = Slot<Interface>(std::move(choice));
  }
};

}  // namespace leakprobe
