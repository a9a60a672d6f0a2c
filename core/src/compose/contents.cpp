#include "compose/contents.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "compose/digest.h"
#include "compose/file_names.h"
#include "format/content_hash.h"
#include "format/json_to_value.h"
#include "format/sharded.h"
#include "leakprobe/error.h"
#include "tokenizer/load.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// A folder with more files is a mistake in a path rather than data.
constexpr size_t kMostFiles = 100'000;

bool is_below_here(const fs::path& path) {
  const std::string relative = path.lexically_normal().lexically_relative(fs::current_path());
  return !relative.empty() && !relative.starts_with("..");
}

class ContentReader {
 public:
  ContentReader(const Composition& composition, std::vector<FileContent>* files)
      : composition_(composition), files_(files) {}

  Value read(const Value& value, const std::string& parameter) {
    if (value.is_path) return at(value, parameter);
    if (value.is_list()) {
      Value list = Value::list();
      for (size_t i = 0; i < value.as_list().size(); ++i) {
        const Value& element = value.as_list()[i];
        const Value* name = element.find("name");
        list.push_back(read(element, name != nullptr && name->is_string()
                                         ? child_path(parameter, name->as_string())
                                         : child_path(parameter, i)));
      }
      return list;
    }
    if (!value.is_map()) return value;
    if (is_origin(value)) return checkpoint(value, parameter);
    Value map = Value::map();
    map.is_ordered = value.is_ordered;
    for (const Value::Entry& entry : value.entries()) {
      map.set(entry.key, read(entry.value, child_path(parameter, entry.key)));
    }
    if (parameter == "task" && !task_files().empty()) {
      map.set("files", hashes(task_files(), task_files().front().parent_path(), "task"));
    }
    return map;
  }

 private:
  const std::vector<fs::path>& task_files() const { return composition_.task.facts().files; }

  /// {run: DIR, phase: NAME}
  static bool is_origin(const Value& map) {
    const Value* run = map.find("run");
    return map.entries().size() == 2 && run != nullptr && run->is_path &&
           map.find("phase") != nullptr;
  }

  Value checkpoint(const Value& origin, const std::string& parameter) {
    const fs::path folder = fs::path(origin.text("run")) / "checkpoints" / origin.text("phase");
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) return origin;
    Value weights = Value::map();
    weights.set("weights", hashes(weight_files(folder), folder, parameter));
    if (std::string made = identity_of_run(origin.text("run")); !made.empty()) {
      if (files_ != nullptr) files_->push_back({parameter, origin.text("run"), made});
      weights.set("run", std::move(made));
    }
    return weights;
  }

  /// What a run is a run of: equal weights may have another history, which is judged, too. "" where
  /// its environment.json does not say; whoever takes up its weights says why.
  static std::string identity_of_run(const fs::path& run) {
    try {
      const Value environment = read_json(run / kEnvironmentFile);
      const Value& identity = environment.mapping("identity");
      return identity.text("digest") + "-s" + std::to_string(identity.integer("seed"));
    } catch (const Error&) {
      return "";
    }
  }

  Value at(const Value& value, const std::string& parameter) {
    const fs::path path = value.as_string();
    if (parameter == "model.path") {
      const std::vector<fs::path>& files = composition_.model.files;
      return hashes(files, files.size() == 1 ? files.front() : files.front().parent_path(),
                    parameter);
    }
    std::error_code ignored;
    if (parameter == "model.tokenizer") {
      const fs::path file = tokenizer_file(path);
      return fs::is_regular_file(file, ignored) ? hashes({file}, file, parameter) : value;
    }
    if (fs::is_regular_file(path, ignored)) return hashes({path}, path, parameter);
    if (!fs::is_directory(path, ignored)) return value;
    if (parameter.starts_with("task.") && !task_files().empty()) return "see files";
    return hashes(files_in(path), path, parameter);
  }

  static std::vector<fs::path> files_in(const fs::path& folder) {
    Listing listing(folder);
    listing.enter(folder);
    std::sort(listing.files.begin(), listing.files.end());
    return std::move(listing.files);
  }

  /// All files below a folder, those that links lead to among them: data often lies elsewhere.
  struct Listing {
    explicit Listing(const fs::path& top) : folder(top) {}

    void enter(const fs::path& at) {
      std::error_code failed;
      const fs::path real = fs::canonical(at, failed);
      // A link that leads back up shows nothing that is not listed anyway.
      if (std::find(open.begin(), open.end(), real) != open.end()) return;
      open.push_back(real);
      fs::directory_iterator entry(at, failed);
      for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
        std::error_code dangling;  // a link that leads nowhere is no file
        const fs::file_status status = entry->status(dangling);
        if (fs::is_regular_file(status)) files.push_back(entry->path());
        if (fs::is_directory(status)) enter(entry->path());
        if (++looked_at > kMostFiles) {
          throw Error(folder.string() + ": holds more than " + std::to_string(kMostFiles) +
                      " files, too many to tell whether one has changed; name a smaller folder");
        }
      }
      if (failed) throw Error(at.string() + ": cannot be listed: " + failed.message());
      open.pop_back();
    }

    const fs::path& folder;
    std::vector<fs::path> files;
    std::vector<fs::path> open;  ///< the folders that the present one lies in, links resolved
    size_t looked_at = 0;
  };

  /// By their names below `base`; a file alone has none.
  Value hashes(const std::vector<fs::path>& files, const fs::path& base,
               const std::string& parameter) {
    Value map = Value::map();
    for (const fs::path& file : files) {
      const fs::path name = fs::absolute(file).lexically_relative(fs::absolute(base));
      std::string hash = hash_of_file(file);
      if (files_ != nullptr) files_->push_back({parameter, file, hash});
      map.set(name == "." ? "" : name.generic_string(), std::move(hash));
    }
    return map;
  }

  const Composition& composition_;
  std::vector<FileContent>* files_;
};

}  // namespace

Value by_content(const Composition& composition, const Value& value, const std::string& parameter,
                 std::vector<FileContent>* files) {
  return ContentReader(composition, files).read(value, parameter);
}

Value movable(const Value& resolved, const fs::path& folder) {
  if (resolved.is_list()) {
    Value list = resolved;
    for (Value& element : list.as_list()) element = movable(element, folder);
    return list;
  }
  if (resolved.is_map()) {
    Value map = resolved;
    for (Value::Entry& entry : map.entries()) entry.value = movable(entry.value, folder);
    return map;
  }
  const fs::path path = resolved.is_path ? resolved.as_string() : "";
  if (!path.is_absolute() || !is_below_here(path) || !is_below_here(fs::absolute(folder))) {
    return resolved;
  }
  return path.lexically_relative(fs::absolute(folder).lexically_normal()).string();
}

void identify(Composition& composition) {
  composition.files.clear();
  const Value counted =
      by_content(composition, counted_part(composition.resolved), "", &composition.files);
  composition.digest = short_digest(counted);
}

}  // namespace leakprobe
