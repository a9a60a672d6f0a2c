#pragma once

namespace leakprobe::cli {

/// Opens standard input, output and error on /dev/null where the program was started without them:
/// the next file that is opened would get their number and, with it, every message. Writing to the
/// output then fails.
void open_standard_streams();

}  // namespace leakprobe::cli
