#include "command_line.h"

extern "C" {
/// What main() looks for in the library.
[[gnu::visibility("default")]] int leakprobe_program(int argc, char** argv) {
  return leakprobe::cli::run_program(argc, argv);
}
}
