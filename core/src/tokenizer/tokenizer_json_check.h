#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "format/json.h"

namespace leakprobe {

/// Throws Error where an object has a member, not null, that is none of `names`.
void require_members_among(const JsonValue& object, std::initializer_list<std::string_view> names);

/// Throws Error that names the value's place, says what is not supported and what is.
[[noreturn]] void refuse(const JsonValue& value, const std::string& what,
                         const std::string& supported);

}  // namespace leakprobe
