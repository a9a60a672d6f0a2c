#include "standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

#include "exit_status.h"

namespace leakprobe::cli {

void open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest number that is free is this one: those below are open by now. Of output that
    // nobody can read the command says, as on a full disk, that it could not be written.
    const int mode = stream == STDOUT_FILENO ? O_RDONLY : O_RDWR;
    if (::open("/dev/null", mode) != stream) ::_exit(kFailed);
  }
}

}  // namespace leakprobe::cli
