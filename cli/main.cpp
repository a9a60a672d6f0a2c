#include "command_line.h"

int main(int argc, char** argv) { return leakprobe::cli::run_program(argc, argv); }
