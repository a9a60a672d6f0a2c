#pragma once

namespace leakprobe::cli {

/// Exit statuses of the program.
enum ExitStatus : int {
  kDone = 0,
  kFailed = 1,        ///< the environment failed (a file, memory, a plugin), or a run's files did
  kBadUsage = 2,      ///< wrong arguments, a wrong experiment, or what either names is wrong
  kInvalid = 3,       ///< finished, but a gate failed, or a plugin breaks a law
  kInterrupted = 75,  ///< stopped when asked, can be gone on with (EX_TEMPFAIL)
};

}  // namespace leakprobe::cli
