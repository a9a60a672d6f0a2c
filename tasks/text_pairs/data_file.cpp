#include "data_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "leakprobe/diagnosed_error.h"

namespace leakprobe::text_pairs {
namespace {

/// What a file begins with that is no text of ours, and how it becomes one.
struct OtherKind {
  std::string_view beginning;
  const char* what;
  /// With the file's name for %.
  const char* remedy;
};

using namespace std::string_view_literals;

constexpr OtherKind kOtherKinds[] = {
    {"PAR1"sv, "a Parquet file",
     "convert it: python3 -c \"import pandas; pandas.read_parquet('%').to_json('%.jsonl', "
     "orient='records', lines=True)\""},
    {"ARROW1"sv, "an Arrow file",
     "convert it: python3 -c \"import pandas; pandas.read_feather('%').to_json('%.jsonl', "
     "orient='records', lines=True)\""},
    {"\x1F\x8B"sv, "compressed", "unpack it: gunzip --keep '%'"},
    {"\x28\xB5\x2F\xFD"sv, "compressed", "unpack it: unzstd '%'"},
    {"\xFD"
     "7zXZ"sv,
     "compressed", "unpack it: xz --decompress --keep '%'"},
    {"BZh"sv, "compressed", "unpack it: bunzip2 --keep '%'"},
    {"PK\x03\x04"sv, "a zip archive or a workbook", "unpack it, or save the sheet as CSV in UTF-8"},
    {"\xFF\xFE"sv, "UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 '%' > '%.utf8'"},
    {"\xFE\xFF"sv, "UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 '%' > '%.utf8'"},
    {"version https://git-lfs.github.com/"sv, "a pointer of Git LFS to the file",
     "fetch the file: git lfs pull"},
};

std::string filled_in(std::string_view text, const std::string& name) {
  std::string all;
  for (const char c : text) all += c == '%' ? name : std::string(1, c);
  return all;
}

void refuse_other_kinds(const DataFile& file) {
  const std::string beginning = file.read(0, 64);
  for (const OtherKind& kind : kOtherKinds) {
    if (!beginning.starts_with(kind.beginning)) continue;
    throw DiagnosedError({Diagnostic::Severity::error,
                          {file.source()},
                          "",
                          std::string("is ") + kind.what + ", not lines of text",
                          filled_in(kind.remedy, file.source())});
  }
}

[[noreturn]] void fail(const std::string& source, int error) {
  throw Error(source + ": cannot be read: " + std::generic_category().message(error));
}

[[noreturn]] void fail_as_no_file(const std::string& source) {
  throw Error(source + ": is no file on disk; name a .jsonl or .csv file");
}

}  // namespace

// O_NONBLOCK: to open a pipe would wait for who writes into it.
DataFile::DataFile(const std::filesystem::path& path)
    : source_(path.string()), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) {
    if (errno == ENXIO) fail_as_no_file(source_);  // a socket, or a device that is not there
    throw Error(source_ + ": cannot be opened: " + std::generic_category().message(errno) +
                "; check the path");
  }
  try {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail(source_, errno);
    if (!S_ISREG(status.st_mode)) fail_as_no_file(source_);
    stamp_ = stamp_now();
    refuse_other_kinds(*this);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

DataFile::~DataFile() { ::close(descriptor_); }

DataFile::Stamp DataFile::stamp_now() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail(source_, errno);
  return {status.st_dev, status.st_ino, status.st_size,
          int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

std::string DataFile::read(uint64_t offset, size_t length) const {
  const uint64_t left = size() - std::min(offset, size());
  std::string bytes(std::min<uint64_t>(length, left), '\0');
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::pread(descriptor_, bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(source_, errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  if (stamp_now() != stamp_) {
    throw Error(source_ + ": was altered while it was in use; leave it as it is during a run");
  }
  return bytes;
}

}  // namespace leakprobe::text_pairs
