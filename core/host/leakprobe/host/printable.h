#pragma once

#include <string>
#include <string_view>

namespace leakprobe::host {

/// `text` as a terminal may get it: what would steer it or cannot be seen (control and format
/// characters, those that turn the direction of text among them, and invalid UTF-8) as \xNN.
std::string printable(std::string_view text);

}  // namespace leakprobe::host
