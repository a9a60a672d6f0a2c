#pragma once

#include <map>
#include <string>

namespace leakprobe {

/// The state of LibTorch that the whole process has in common, by what it is called, in words.
std::map<std::string, std::string> torch_state();

/// Makes it what a program begins with, but for the random numbers, and with one thread.
void set_usual_torch_state();

}  // namespace leakprobe
