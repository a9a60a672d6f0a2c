#include "plugin/trust.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <system_error>

#include "text/quote.h"

namespace leakprobe {
namespace {

/// Whether `group` is the user's alone: many systems give each user such a group and let it write.
/// Root's is not, since users are put into it.
bool is_private_group(gid_t group) {
  const uid_t user = ::geteuid();
  if (user == 0) return false;
  const passwd* self = ::getpwuid(user);
  if (self == nullptr || self->pw_gid != group) return false;
  const std::string name = self->pw_name;
  const ::group* members = ::getgrgid(group);
  if (members == nullptr || members->gr_name != name) return false;
  for (char** member = members->gr_mem; *member != nullptr; ++member) {
    if (*member != name) return false;
  }
  return true;
}

std::string user_text(uid_t user) {
  const passwd* found = ::getpwuid(user);
  return found != nullptr ? quote(found->pw_name) : std::to_string(user);
}

/// Where the sticky bit is set nobody can replace what is another's; but `filled`, a folder of
/// which everything is loaded, can still be added to.
std::optional<std::string> reason_against(const std::filesystem::path& path, bool filled) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  const std::string consequence = ", who could run code here through a plugin; ";
  if (facts.st_uid != 0 && facts.st_uid != ::geteuid()) {
    return "belongs to another user (" + user_text(facts.st_uid) + ")" + consequence +
           "load plugins from a folder of your own";
  }
  if (S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0 && !filled) return std::nullopt;
  if ((facts.st_mode & S_IWOTH) != 0) {
    return "may be written by everybody" + consequence + "take that away with chmod o-w";
  }
  if ((facts.st_mode & S_IWGRP) != 0 && !is_private_group(facts.st_gid)) {
    const ::group* group = ::getgrgid(facts.st_gid);
    return "may be written by the group " +
           (group != nullptr ? quote(group->gr_name) : std::to_string(facts.st_gid)) + consequence +
           "take that away with chmod g-w";
  }
  return std::nullopt;
}

}  // namespace

std::vector<OpenPlace> open_places(const SearchEntry& entry,
                                   const std::vector<std::filesystem::path>& files) {
  std::vector<OpenPlace> open;
  std::map<std::filesystem::path, bool> seen;
  const auto is_open = [&](const std::filesystem::path& path, bool filled) {
    const auto [at, fresh] = seen.try_emplace(path, false);
    if (!fresh) return at->second;
    if (auto reason = reason_against(path, filled)) {
      at->second = true;
      open.push_back({path, *std::move(reason)});
    }
    return at->second;
  };
  // From the root downwards: who may write a folder may change all that is below it.
  const auto look_down_to = [&](const std::filesystem::path& path, bool filled) {
    std::filesystem::path at;
    for (auto part = path.begin(); part != path.end(); ++part) {
      at /= *part;
      if (is_open(at, filled && at == path)) return;
    }
  };
  // A link can be changed where it lies, and what it leads to where that lies.
  const auto look_at = [&](const std::filesystem::path& path, bool filled) {
    std::error_code failed;
    // From a pipe or a device nothing is loaded.
    if (!filled && !std::filesystem::is_regular_file(path, failed)) return;
    const auto real = std::filesystem::canonical(path, failed);
    if (!failed) look_down_to(real, filled);
    look_down_to(std::filesystem::absolute(path, failed).lexically_normal(), filled);
  };
  std::error_code failed;
  look_at(entry.path, std::filesystem::is_directory(entry.path, failed));
  for (const std::filesystem::path& file : files) look_at(file, false);
  if (entry.named_by == kPathVariable && entry.path.is_relative()) {
    open.push_back(
        {entry.path, std::string("is named by ") + kPathVariable +
                         " relative to the current folder, so that what is loaded "
                         "depends on where leakprobe is started; write an absolute path"});
  }
  return open;
}

}  // namespace leakprobe
