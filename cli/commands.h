#pragma once

#include "command.h"

/// The subcommands, each in commands/<name>.cpp.
namespace leakprobe::cli {

Command run_command();
Command sweep_command();
Command watch_command();
Command validate_command();
Command resolve_command();
Command rows_command();
Command list_command();
Command show_command();
Command schema_command();
Command reference_command();
Command examples_command();
Command copy_command();
Command completion_command();
Command score_command();
Command tokenize_command();
Command audit_command();
Command report_command();
Command compare_command();
Command verify_command();
Command new_command();
Command doctor_command();
Command version_command();

}  // namespace leakprobe::cli
