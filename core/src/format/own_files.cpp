#include "format/own_files.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "format/files.h"
#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostListBytes = size_t{1} << 24;

/// The list may come with a folder that somebody else made: a name must not lead out of it.
bool stays_inside(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != kOwnFilesList &&
         name.find('/') == std::string_view::npos;
}

}  // namespace

OwnFiles::OwnFiles(fs::path folder, std::string maker)
    : folder_(std::move(folder)), maker_(std::move(maker)) {
  const fs::path list = folder_ / kOwnFilesList;
  if (!is_taken(list)) return;
  const std::string text = read_file(list, kMostListBytes);
  std::string_view rest = text;
  // A last line that a crash cut off names nothing that was made.
  for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const size_t blank = line.find(' ');
    if (blank == std::string_view::npos || !stays_inside(line.substr(blank + 1))) continue;
    (line.substr(0, blank) == maker_ ? names_ : others_).emplace(line.substr(blank + 1));
  }
}

bool OwnFiles::any_is_there() const {
  const auto is_here = [&](const std::string& name) { return is_taken(folder_ / name); };
  return std::any_of(names_.begin(), names_.end(), is_here) ||
         std::any_of(others_.begin(), others_.end(), is_here);
}

void OwnFiles::claim(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (owns(name) || others_.contains(name) || !is_taken(folder_ / name)) {
      refuse_link(folder_ / name, "file or folder");
      continue;
    }
    throw Error((folder_ / name).string() +
                ": is there already and was not made by leakprobe, which replaces nothing else; "
                "choose another folder with --out, or move it away");
  }
  list(names);
}

void OwnFiles::list(const std::vector<std::string>& names) {
  std::string lines;
  for (const std::string& name : names) {
    if (name.find('\n') != std::string::npos) {
      throw Error(printable((folder_ / name).string()) +
                  ": its name has a line break; whoever made it must call it otherwise");
    }
    LEAKPROBE_CHECK(stays_inside(name), "a name that cannot be listed: " + name);
    if (!owns(name)) lines += maker_ + " " + name + "\n";
  }
  if (lines.empty()) return;
  const fs::path list = folder_ / kOwnFilesList;
  const FileDescriptor file = open_for_appending(list);
  write_all(file, list, lines);
  if (::fsync(file.get()) != 0) fail_with_errno(list, "cannot be written to disk", errno);
  names_.insert(names.begin(), names.end());
}

void OwnFiles::require(const std::string& name) const {
  LEAKPROBE_CHECK(owns(name), "something was to be removed that is not listed: " + name);
}

void OwnFiles::remove_file(const std::string& name) const {
  require(name);
  const fs::path path = folder_ / name;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    fail_with_errno(path, "cannot be removed", errno);
  }
}

void OwnFiles::remove_folder(const std::string& name) const {
  require(name);
  std::error_code failure;
  fs::remove_all(folder_ / name, failure);
  if (failure) fail_with_errno(folder_ / name, "cannot be removed", failure.value());
}

void OwnFiles::remove_if_empty() const {
  ::unlink((folder_ / kOwnFilesList).c_str());
  ::rmdir(folder_.c_str());
}

}  // namespace leakprobe
