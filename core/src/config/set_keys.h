#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/value.h"

/// Which keys of an experiment something sets, so that two things that set one are found.
namespace leakprobe {

/// The way to a value, from the top, in the parts that `split_path` gives.
using KeyPath = std::vector<std::string>;

std::string text_of(const KeyPath& path);

/// Whether two values mean one: 0 and 0.0 do.
bool are_one(const Value& a, const Value& b);

/// A key with what it is set to.
struct SetKey {
  KeyPath path;
  Value value;  ///< with its place
};

/// Every key that merging `value` at `path` sets, down to what is no mapping; null removes.
std::vector<SetKey> keys_set(const KeyPath& path, const Value& value);

/// What a path is set to as a whole, whatever parts `value` has; a list that is merged entry by
/// entry sets each of these.
std::vector<SetKey> whole_keys(const KeyPath& path, const Value& value);

/// Whether what the key was set to still stands in `experiment`.
bool is_in_place(const Value& experiment, const SetKey& key);

/// Keys that were set, to find those that are set again: the same, above or below.
class SetKeys {
 public:
  void add(const SetKey& key);
  /// One that collides with `key`: it is the same and set to something else, or one is a part of
  /// the other.
  const SetKey* find(const SetKey& key) const;

 private:
  std::map<KeyPath, std::vector<SetKey>> keys_;
};

}  // namespace leakprobe
