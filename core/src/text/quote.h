#pragma once

#include <string>
#include <string_view>

namespace leakprobe {

/// `text` with what steers a terminal or cannot be seen (control and format characters, those that
/// turn the direction of text among them, and invalid UTF-8) as \xNN. The one place that decides
/// it.
std::string printable(std::string_view text);

/// The same; of more than 200 bytes, which no good name has, the beginning and "…". So a hostile
/// name can neither flood nor steer a terminal.
std::string beginning(std::string_view text);

/// The same in single quotes, for a message.
std::string quote(std::string_view text);

}  // namespace leakprobe
