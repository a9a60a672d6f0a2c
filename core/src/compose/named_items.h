#pragma once

#include <string>
#include <vector>

#include "leakprobe/params.h"

namespace leakprobe {

/// An item of `phases:` or `probes:`: a mapping with `type:` and a name, by default its type.
struct NamedItem {
  const Value* value = nullptr;
  std::string name;
  std::string path;  ///< such as "phases.elicit"
};

/// The items of a list; `what` is "phase" or "probe". What is no mapping, has no type, no good name
/// (see config/names.h) or another's name is reported and left out; so is what has no type and is
/// called nearly like another item.
std::vector<NamedItem> named_items(const Value& list, const std::string& path,
                                   const std::string& what, Reader& reader);

/// The entries of `map` whose keys are (`keep`) or are not among `keys`; at the same place.
Value select(const Value& map, const std::vector<std::string>& keys, bool keep);

/// The names of all declared fields.
std::vector<std::string> field_names(const Parameters& parameters);

}  // namespace leakprobe
