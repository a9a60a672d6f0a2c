#pragma once

#include <functional>
#include <string>

#include "leakprobe/value.h"

namespace leakprobe {

/// Runs `work` in a copy of this process, with all plugins as they are here, and without more than
/// one thread. What it tells comes to `told` here, in order; gives how it ended, as in "by signal
/// 11 (Segmentation fault)" or "with status 3". Throws Error where the process cannot be started.
///
/// A copy has but one thread, whatever this process has started: `work` is to start none where
/// threads of LibTorch's may have been at work here.
std::string run_apart(
    const std::function<void(const std::function<void(const Value&)>& tell)>& work,
    const std::function<void(const Value&)>& told);

/// Whether this process has one thread alone, so that a copy of it lacks none.
bool has_one_thread();

}  // namespace leakprobe
