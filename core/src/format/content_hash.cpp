#include "format/content_hash.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "format/atomic_file.h"
#include "format/files.h"
#include "format/json.h"
#include "leakprobe/error.h"
#include "leakprobe/value.h"
#include "text/hex.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Smaller files are read each time: it takes milliseconds, and a kept hash can never be wrong.
constexpr int64_t kKeptFrom = int64_t{16} << 20;
/// A file changed this recently may change again without another time stamp: filesystems count in
/// steps of up to two seconds.
constexpr int64_t kSettledSeconds = 3;
constexpr size_t kPiece = size_t{1} << 20;
constexpr int64_t kNanoseconds = 1'000'000'000;

/// What changes when a file does, contents aside.
struct Stamp {
  int64_t inode = 0, size = 0, modified = 0, changed = 0;
  friend bool operator==(const Stamp&, const Stamp&) = default;

  bool is_settled(std::time_t now) const {
    return std::max(modified, changed) / kNanoseconds + kSettledSeconds < int64_t{now};
  }
};

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * kNanoseconds + int64_t{time.tv_nsec};
}

Stamp stamp_of(const FileDescriptor& file, const fs::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_with_errno(path, "cannot be examined", errno);
  return {static_cast<int64_t>(status.st_ino), static_cast<int64_t>(status.st_size),
          nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

std::string hash_of_bytes(std::string_view bytes) {
  ContentHash hash;
  hash.update(bytes);
  return hash.hex();
}

/// Where the hash of a large file is kept; nothing where there is no folder for it.
std::optional<fs::path> kept_at(const fs::path& path) {
  const auto set = [](const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr ? fs::path(value) : fs::path();
  };
  fs::path cache = set("XDG_CACHE_HOME");
  if (!cache.is_absolute()) {
    const fs::path home = set("HOME");
    if (!home.is_absolute()) return std::nullopt;
    cache = home / ".cache";
  }
  std::error_code failed;
  const fs::path canonical = fs::canonical(path, failed);
  if (failed) return std::nullopt;
  return cache / "leakprobe" / "hashes" / (hash_of_bytes(canonical.string()) + ".json");
}

/// The kept hash of a file with this stamp; whatever else the cache holds counts as nothing.
std::optional<std::string> kept_hash(const fs::path& at, const Stamp& stamp) {
  std::error_code ignored;
  if (!fs::is_regular_file(at, ignored)) return std::nullopt;
  try {
    const JsonValue kept = JsonValue::read(at, {.max_bytes = 4096});
    const Stamp then{kept.get_int("inode"), kept.get_int("size"), kept.get_int("modified"),
                     kept.get_int("changed")};
    const std::string& hash = kept.get_string("xxh3_128");
    if (then == stamp && hash.size() == 32) return hash;
  } catch (const Error&) {
  }
  return std::nullopt;
}

void keep(const fs::path& at, const fs::path& path, const Stamp& stamp, const std::string& hash) {
  Value kept = Value::map();
  kept.set("path", fs::absolute(path).string());  // for whoever looks at the folder
  kept.set("inode", stamp.inode);
  kept.set("size", stamp.size);
  kept.set("modified", stamp.modified);
  kept.set("changed", stamp.changed);
  kept.set("xxh3_128", hash);
  try {
    fs::create_directories(at.parent_path());
    remove_temporary_files(at.parent_path());
    write_file_atomically(at, to_json(kept) + "\n");
  } catch (const std::exception&) {  // the file will be read again
  }
}

}  // namespace

struct ContentHash::State {
  XXH3_state_t xxh;
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }

ContentHash::~ContentHash() = default;

void ContentHash::update(std::string_view bytes) {
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
}

std::string ContentHash::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return to_hex(hash.high64) + to_hex(hash.low64);
}

std::string hash_of_file(const fs::path& path) {
  const FileDescriptor file = open_for_reading(path);
  const Stamp stamp = stamp_of(file, path);
  const std::time_t now = std::time(nullptr);
  std::optional<fs::path> at;
  if (stamp.size >= kKeptFrom) at = kept_at(path);
  if (at) {
    if (auto kept = kept_hash(*at, stamp)) return *std::move(kept);
  }
  ContentHash hash;
  std::vector<char> piece(kPiece);
  while (const size_t got = read_some(file, path, piece.data(), piece.size())) {
    hash.update({piece.data(), got});
  }
  const std::string hex = hash.hex();
  if (at && stamp.is_settled(now) && stamp_of(file, path) == stamp) keep(*at, path, stamp, hex);
  return hex;
}

}  // namespace leakprobe
