#pragma once

namespace leakprobe::cli {

/// Ends the program with "leakprobe: error: <what><why>", without taking memory.
[[noreturn]] void end_with(const char* what, const char* why = "");

/// From here on a lack of memory that nobody can catch (in what runs when a library is loaded, or
/// where an exception may not leave) ends the program in a sentence, too.
void say_lack_of_memory();

}  // namespace leakprobe::cli
