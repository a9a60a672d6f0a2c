#pragma once

#include <memory>
#include <optional>
#include <string>

#include "leakprobe/diagnostic.h"
#include "leakprobe/kind.h"
#include "leakprobe/value.h"

namespace leakprobe {

class Reader;
struct PluginChoice;
struct Stream;

/// What a parameter may name besides plain values: plugins and streams. Implemented by the core;
/// `ParameterType` calls it, plugins never do.
class Resolver {
 public:
  virtual ~Resolver() = default;

  /// The plugin of `kind` that `value` describes (a mapping with `type:`) or names (a key of the
  /// kind's top-level map), its options read. nullptr where something was wrong: then it has been
  /// reported.
  virtual std::shared_ptr<const PluginChoice> choose(Kind kind, const Value& value,
                                                     const std::string& path, Reader& reader) = 0;

  /// Plugin `type` of `kind` with its default options, where the file says nothing; `place` is
  /// that of the mapping in which it could have been said. nullptr as above.
  virtual std::shared_ptr<const PluginChoice> choose_default(Kind kind, const std::string& type,
                                                             const std::string& path,
                                                             const Place& place,
                                                             Reader& reader) = 0;

  /// The stream that `value` describes or names (a key of `streams:`). Nothing where something was
  /// wrong: then it has been reported.
  virtual std::optional<Stream> stream(const Value& value, const std::string& path,
                                       Reader& reader) = 0;
};

}  // namespace leakprobe
