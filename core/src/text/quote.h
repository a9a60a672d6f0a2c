#pragma once

#include <string>
#include <string_view>

namespace leakprobe {

/// `text` in single quotes for a message: control characters and invalid UTF-8 as \xNN, cut after
/// 240 bytes, so that a hostile name can neither flood nor steer a terminal.
std::string quote(std::string_view text);

/// The same escaping without quotes and without a limit.
std::string printable(std::string_view text);

}  // namespace leakprobe
