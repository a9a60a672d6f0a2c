#pragma once

namespace leakprobe::cli {

/// From now on every signal that ends a program unless it listens, but for faults and SIGPIPE,
/// which is ignored, makes the running experiment save its state and stop; a second SIGINT or
/// SIGQUIT ends the program at once. What was ignored when the program started stays so.
void stop_gently_on_signals();

/// From now on they end the program by themselves, as they end any other.
void end_on_signals();

/// Makes a limit on the size of files an error of the write that meets it, not a signal.
void hear_of_file_limits_by_errors();

/// Makes a file that is shortened while it is read end the program in a sentence with its name.
void name_shortened_files();

}  // namespace leakprobe::cli
