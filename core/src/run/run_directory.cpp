#include "run/run_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "format/atomic_file.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 14> kOwnNames = {
    "config.yaml",   "environment.json",
    "metrics.jsonl", "timing.jsonl",
    "items.jsonl",   "ledger.json",
    "result.json",   "status.json",
    "log.txt",       "checkpoints",
    "state",         "state.safetensors",
    "metrics.csv",   "events.out.tfevents.leakprobe"};
constexpr size_t kPendingBytes = size_t{1} << 16;

FolderLock lock(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure) fail_with_errno(path, "cannot create the run directory", failure.value());
  // Who only asks whether the lock is held holds it for a moment.
  for (int tries = 0; tries < 10; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(std::chrono::milliseconds(30));
    std::optional<FolderLock> lock = FolderLock::try_exclusive(path);
    if (lock) return *std::move(lock);
  }
  throw Error(path.string() +
              ": another process is running in this directory; wait for it or choose another with "
              "--out");
}

}  // namespace

RunDirectory::RunDirectory(fs::path path) : path_(std::move(path)), lock_(lock(path_)) {}

RunDirectory::Content RunDirectory::content() const {
  if (fs::exists(path_ / "status.json")) {
    const Value status = read_json("status.json");
    const Value* state = status.find("state");
    if (state && state->is_string() && state->as_string() == "complete") return Content::complete;
    return Content::partial;
  }
  for (const std::string_view name : kOwnNames) {
    if (fs::exists(path_ / name)) return Content::partial;
  }
  return Content::nothing;
}

bool RunDirectory::has_state() const { return fs::exists(path_ / "state.safetensors"); }

void RunDirectory::clear() {
  for (const std::string_view name : kOwnNames) fs::remove_all(path_ / name);
}

void RunDirectory::write_json(const std::string& name, const Value& value) const {
  write_text(name, to_pretty_json(value) + "\n");
}

void RunDirectory::write_text(const std::string& name, const std::string& text) const {
  write_file_atomically(path_ / name, text);
}

Value RunDirectory::read_json(const std::string& name) const {
  return to_value(JsonValue::read(path_ / name));
}

void RunDirectory::write_status(const std::string& state, const Value& details) const {
  Value status = Value::map();
  status.set("state", state);
  for (const Value::Entry& entry : details.entries()) status.set(entry.key, entry.value);
  AtomicFile file(path_ / "status.json");
  file.write(to_pretty_json(status) + "\n");
  file.commit(state == "running" ? AtomicFile::Durability::none : AtomicFile::Durability::full);
}

GrowingFile::GrowingFile(fs::path path, int64_t position) : path_(std::move(path)) {
  file_ = FileDescriptor(::open(path_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644));
  if (!file_.is_open()) fail_with_errno(path_, "cannot open", errno);
  if (::ftruncate(file_.get(), position) != 0) fail_with_errno(path_, "cannot cut", errno);
  size_ = position;
}

void GrowingFile::write(const Value& record) {
  pending_ += to_json(record);
  pending_ += '\n';
  if (pending_.size() >= kPendingBytes) flush();
}

void GrowingFile::flush() {
  size_t written = 0;
  while (written < pending_.size()) {
    const ssize_t n = ::write(file_.get(), pending_.data() + written, pending_.size() - written);
    if (n < 0) {
      if (errno == EINTR) continue;
      fail_with_errno(path_, "cannot write", errno);
    }
    written += static_cast<size_t>(n);
  }
  size_ += static_cast<int64_t>(pending_.size());
  pending_.clear();
}

int64_t GrowingFile::position() {
  flush();
  if (::fsync(file_.get()) != 0) fail_with_errno(path_, "cannot sync", errno);
  return size_;
}

}  // namespace leakprobe
