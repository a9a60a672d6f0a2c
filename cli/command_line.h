#pragma once

namespace leakprobe::cli {

/// The program: parses the arguments, runs the chosen command and gives the exit status. Every
/// failure ends here as one message on standard error.
int run_program(int argc, char** argv);

}  // namespace leakprobe::cli
