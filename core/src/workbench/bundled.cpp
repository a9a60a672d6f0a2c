#include "workbench/bundled.h"

#include <fcntl.h>

#include <boost/dll/runtime_symbol_info.hpp>
#include <cerrno>

#include "format/files.h"

namespace leakprobe {

namespace fs = std::filesystem;

fs::path library_folder() { return fs::path(boost::dll::this_line_location()).parent_path(); }

fs::path share_folder() { return library_folder().parent_path() / "share" / "leakprobe"; }

void write_new_file(const fs::path& path, const std::string& text) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.is_open()) fail_with_errno(path, "cannot be made", errno);
  write_all(file, path, text);
}

}  // namespace leakprobe
