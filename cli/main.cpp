#include "command_line.h"
#include "standard_streams.h"

int main(int argc, char** argv) {
  leakprobe::cli::open_standard_streams();
  return leakprobe::cli::run_program(argc, argv);
}
