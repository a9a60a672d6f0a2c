#include "records/written.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "format/files.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPieceBytes = size_t{1} << 16;

}  // namespace

Value Written::to_value() const {
  Value value = Value::map();
  value.set("bytes", bytes);
  value.set("xxh3_128", hash);
  return value;
}

Written Written::of(const Value& saved) {
  Written written{saved.integer("bytes", 0), saved.text("xxh3_128")};
  if (written.hash.empty()) saved.fail("xxh3_128", "is no hash");
  return written;
}

Value to_value(const WrittenFiles& files) {
  Value value = Value::map();
  for (const auto& [name, written] : files) value.set(name, written.to_value());
  return value;
}

WrittenFiles written_files(const Value& saved) {
  if (!saved.is_map()) saved.fail("expected a mapping, found " + saved.describe());
  WrittenFiles files;
  for (const Value::Entry& entry : saved.entries()) {
    if (!stays_inside(entry.key)) saved.fail(entry.key, "leads out of the run's folder");
    files.emplace(entry.key, Written::of(saved.mapping(entry.key)));
  }
  return files;
}

Written written_now(const fs::path& file) {
  std::string hash = hash_of_file(file);
  std::error_code ignored;
  return {static_cast<int64_t>(fs::file_size(file, ignored)), std::move(hash)};
}

void add_folder(WrittenFiles& files, const fs::path& directory, const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(directory / folder, ignored)) {
    if (!entry.is_regular_file(ignored)) continue;
    files[entry.path().lexically_relative(directory).generic_string()] = written_now(entry.path());
  }
}

void require_begin(const fs::path& path, const Written& written, ContentHash& hash) {
  const FileDescriptor file = open_for_reading(path);
  std::vector<char> piece(kPieceBytes);
  int64_t left = written.bytes;
  while (left > 0) {
    const size_t want = std::min(piece.size(), static_cast<size_t>(left));
    const size_t got = read_some(file, path, piece.data(), want);
    if (got == 0) break;
    hash.update({piece.data(), got});
    left -= static_cast<int64_t>(got);
  }
  if (left > 0) {
    throw Error(path.string() + ": has " + std::to_string(written.bytes - left) +
                " bytes where the saved state knows of " + std::to_string(written.bytes) +
                ", so records were lost; start the run anew with --fresh");
  }
  if (hash.hex() == written.hash) return;
  throw Error(path.string() +
              ": was altered since the state was saved; start the run anew with --fresh");
}

bool stays_inside(const fs::path& name) {
  return name.is_relative() && std::find(name.begin(), name.end(), "..") == name.end();
}

}  // namespace leakprobe
