#include "run/run_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
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

}  // namespace

RunDirectory::RunDirectory(fs::path path) : path_(std::move(path)) {
  std::error_code failure;
  fs::create_directories(path_, failure);
  if (failure) fail_with_errno(path_, "cannot create the run directory", failure.value());
  const fs::path lock = path_ / ".lock";
  lock_ = FileDescriptor(::open(lock.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644));
  if (!lock_.is_open()) fail_with_errno(lock, "cannot open the lock", errno);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail_with_errno(lock, "cannot lock", errno);
    throw Error(
        path_.string() +
        ": another process is running in this directory; wait for it or choose another with "
        "--out");
  }
}

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

void RunDirectory::write_status(const std::string& state, const std::string& phase, int64_t step,
                                const std::string& message) const {
  Value status = Value::map();
  status.set("state", state);
  if (!phase.empty()) {
    status.set("phase", phase);
    status.set("step", step);
  }
  if (!message.empty()) status.set("message", message);
  write_json("status.json", status);
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
