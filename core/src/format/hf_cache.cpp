#include "format/hf_cache.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "format/files.h"
#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

// The home folder of a user, "" = the present one; empty where there is none of this name.
std::string home_of(const std::string& user) {
  const char* home = std::getenv("HOME");
  if (user.empty() && home != nullptr && *home != '\0') return home;
  const passwd* entry = user.empty() ? getpwuid(getuid()) : getpwnam(user.c_str());
  return entry == nullptr ? "" : entry->pw_dir;
}

// "~" and "~user" at the beginning.
std::string with_home(const std::string& text) {
  if (!text.starts_with('~')) return text;
  const size_t end = std::min(text.find('/'), text.size());
  const std::string home = home_of(text.substr(1, end - 1));
  return home.empty() ? text : home + text.substr(end);
}

bool is_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// "$NAME" and "${NAME}"; what is not set stays as it is.
std::string with_variables(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      out += text[at++];
      continue;
    }
    const bool braces = text.compare(at + 1, 1, "{") == 0;
    const size_t begin = at + (braces ? 2 : 1);
    size_t end = begin;
    while (end < text.size() && (braces ? text[end] != '}' : is_of_name(text[end]))) ++end;
    const bool whole = end > begin && (!braces || end < text.size());
    const char* value = whole ? std::getenv(text.substr(begin, end - begin).c_str()) : nullptr;
    const size_t next = std::min(braces ? end + 1 : end, text.size());
    out += value != nullptr ? std::string(value) : text.substr(at, next - at);
    at = next;
  }
  return out;
}

// The variable's path, expanded as the Hugging Face library does; empty where it is not set.
std::filesystem::path folder_from(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : with_variables(with_home(value));
}

bool is_word(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.front() != '-' && text.back() != '.' &&
         text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.');
         });
}

// "owner/name" with the Hub's rules; "--" separates the two in the cache, so neither may have it.
bool is_repository(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && is_word(text.substr(0, slash)) &&
         is_word(text.substr(slash + 1)) && text.find("--") == std::string_view::npos;
}

// Branches may have slashes ("refs/pr/1"); every part must be a plain name.
bool is_revision(std::string_view text) {
  while (true) {
    const size_t slash = text.find('/');
    if (!is_word(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

// The commit that a branch or tag stands for, "" where the cache does not know it.
std::string commit_of(const std::filesystem::path& repository, const std::string& revision) {
  const std::filesystem::path ref = repository / "refs" / revision;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(ref, ignored)) return "";
  constexpr size_t kLimit = 4096;
  std::string commit = read_file(ref, kLimit);
  while (!commit.empty() && std::isspace(static_cast<unsigned char>(commit.back())) != 0) {
    commit.pop_back();
  }
  return is_word(commit) ? commit : "";
}

ModelPath not_found(std::string problem) { return {{}, std::move(problem)}; }

// The caches in which transformers 4 looks before that of the Hub's library, as far as variables
// say so. transformers 5 and "hf download" do not know them.
std::vector<std::filesystem::path> older_caches() {
  std::vector<std::filesystem::path> caches;
  for (const char* variable :
       {"TRANSFORMERS_CACHE", "PYTORCH_TRANSFORMERS_CACHE", "PYTORCH_PRETRAINED_BERT_CACHE"}) {
    if (const auto cache = folder_from(variable); !cache.empty()) caches.push_back(cache);
  }
  return caches;
}

// The repository's folder in the first cache that has one; in the Hub's where none has.
std::filesystem::path repository_of(const std::string& name) {
  std::string folder = "models--" + name;
  folder.replace(folder.find('/'), 1, "--");
  const std::filesystem::path repository = hf_cache_folder() / folder;
  if (is_there(repository)) return repository;
  for (const std::filesystem::path& cache : older_caches()) {
    if (is_there(cache / folder)) return cache / folder;
  }
  return repository;
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  std::filesystem::directory_iterator entry(folder, failure);
  for (const std::filesystem::directory_iterator end; !failure && entry != end;
       entry.increment(failure)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_model_file(const std::string& name) {
  return name.ends_with(".safetensors") || name.ends_with(".gguf");
}

// What an interrupted download left out of a snapshot, of what is read here; "" = nothing.
std::string missing_of(const std::filesystem::path& repository,
                       const std::filesystem::path& snapshot) {
  const std::vector<std::string> files = names_in(snapshot);
  for (const std::string& name : files) {
    const bool is_read = is_model_file(name) || name.ends_with(".json");
    if (is_read && !is_there(snapshot / name)) return "its file " + quote(name);
  }
  const std::vector<std::string> blobs = names_in(repository / "blobs");
  const bool interrupted = std::any_of(blobs.begin(), blobs.end(), [](const std::string& blob) {
    return blob.ends_with(".incomplete");
  });
  const bool has_model = std::any_of(files.begin(), files.end(), is_model_file);
  return interrupted && !has_model ? "the file of its weights" : "";
}

ModelPath find_in_cache(const std::string& name, const std::string& revision,
                        const std::filesystem::path& looked_at) {
  const std::string wanted = revision.empty() ? "main" : revision;
  const std::string command =
      "hf download " + name + (revision.empty() ? "" : " --revision " + revision);
  const std::filesystem::path repository = repository_of(name);
  if (!is_there(repository)) {
    return not_found("there is no file or folder " + quote(looked_at.string()) + ", and no model " +
                     quote(name) + " in the Hugging Face cache (" + hf_cache_folder().string() +
                     ", by HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME or XDG_CACHE_HOME) or an "
                     "older one (by TRANSFORMERS_CACHE, PYTORCH_TRANSFORMERS_CACHE or "
                     "PYTORCH_PRETRAINED_BERT_CACHE); get it with: " +
                     command);
  }
  const std::string has =
      "the Hugging Face cache has " + quote(name) + " (" + repository.string() + "), but ";
  std::string commit = commit_of(repository, wanted);
  const std::filesystem::path snapshots = repository / "snapshots";
  if (revision.empty() && commit.empty() && !is_there(snapshots / wanted)) {
    // What was downloaded by its commit stands for no branch.
    const std::vector<std::string> commits = names_in(snapshots);
    if (commits.size() == 1) commit = commits.front();
    if (commits.size() > 1) {
      std::string known;
      for (const std::string& each : commits) known += (known.empty() ? "" : ", ") + each;
      return not_found(has + "not its revision 'main'; name one of those that it has, such as " +
                       name + "@" + commits.front() + " (" + known +
                       "), or get it with: " + command);
    }
  }
  const std::filesystem::path snapshot = snapshots / (commit.empty() ? wanted : commit);
  if (!is_there(snapshot)) {
    return not_found(has + "not its revision " + quote(wanted) + "; get it with: " + command);
  }
  if (const std::string missing = missing_of(repository, snapshot); !missing.empty()) {
    return not_found(has + missing + " was not downloaded to its end; go on with: " + command);
  }
  return {snapshot, ""};
}

}  // namespace

std::filesystem::path hf_cache_folder() {
  for (const char* variable : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const auto hub = folder_from(variable); !hub.empty()) return hub;
  }
  if (const auto home = folder_from("HF_HOME"); !home.empty()) return home / "hub";
  if (const auto cache = folder_from("XDG_CACHE_HOME"); !cache.empty()) {
    return cache / "huggingface" / "hub";
  }
  return std::filesystem::path(home_of("")) / ".cache" / "huggingface" / "hub";
}

ModelPath find_model(const std::string& text, const std::filesystem::path& base,
                     const std::string& revision) {
  if (text.empty())
    return not_found("the model's path is empty; name a folder, a file or owner/name");
  const std::filesystem::path direct = (base / text).lexically_normal();
  if (is_there(direct)) return {direct, ""};
  if (std::string why = why_absent(direct); !why.empty()) return not_found(std::move(why));

  const size_t at = text.find('@');
  const std::string name = text.substr(0, at);
  const std::string wanted = at == std::string::npos ? revision : text.substr(at + 1);
  if (!is_repository(name)) {
    return not_found("there is no file or folder " + quote(direct.string()) +
                     "; correct the path, or give owner/name of a model in the Hugging Face cache");
  }
  if ((at != std::string::npos || !wanted.empty()) && !is_revision(wanted)) {
    return not_found(quote(wanted) + " is no revision of " + quote(name) +
                     "; name a branch, a tag or a commit");
  }
  return find_in_cache(name, wanted, direct);
}

}  // namespace leakprobe
