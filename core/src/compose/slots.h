#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/resolver.h"
#include "leakprobe/slot.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"
#include "plugin/registry.h"

namespace leakprobe {

/// The plugins and streams of one experiment: those under the top-level maps, each read once, and
/// those written in place. The Reader that everything of the experiment is read with.
class Slots final : public Resolver, public Reader {
 public:
  /// The arguments outlive the object.
  Slots(const Value& experiment, const Registry& registry, Diagnostics& diagnostics);

  Diagnostics& diagnostics() override { return diagnostics_; }
  Resolver& resolver() override { return *this; }
  const Registry& registry() const { return registry_; }

  std::shared_ptr<const PluginChoice> choose(Kind kind, const Value& value, const std::string& path,
                                             Reader& reader) override;
  std::shared_ptr<const PluginChoice> choose_default(Kind kind, const std::string& type,
                                                     const std::string& path, const Place& place,
                                                     Reader& reader) override;
  std::optional<Stream> stream(const Value& value, const std::string& path,
                               Reader& reader) override;

  /// The default plugin of `kind`, for a key at `path` that the file does not have; nullptr where
  /// that was reported.
  std::shared_ptr<const PluginChoice> choose_default(Kind kind, const std::string& path,
                                                     const Place& place);

  /// Until a task is known, streams are checked for their form alone.
  void use_task(const TaskFacts* task) { task_ = task; }

  /// Those that were asked for and that no library here has, such as "task 'acme.words'", each
  /// once.
  const std::vector<std::string>& unknown() const { return unknown_; }

  /// How to leave out the key `path` that stands at `place`, which a file may have that the
  /// experiment's own extends, and that is not the reader's to change.
  std::string hint_to_leave_out(const Place& place, const std::string& path) const;

  /// The plugin that the mapping `value` chooses by `type:`; nullptr where that was reported.
  const Registration* registration(Kind kind, const Value& value, const std::string& path);
  /// The plugin `type` at `at`; nullptr where that was reported.
  const Registration* registration(Kind kind, const std::string& type, const Value& at,
                                   const std::string& path);

  /// The plugin's options out of the mapping `value`, with its defaults; nullptr where something
  /// was reported. Keys in `reserved` belong to somebody else.
  std::shared_ptr<void> read_options(const Registration& registration, const Value& value,
                                     const std::string& path, Reader& reader,
                                     const std::vector<std::string>& reserved = {});

  /// A choice of `registration` with `options`, its facts asked for; nullptr where that failed.
  std::shared_ptr<const PluginChoice> make_choice(const Registration& registration,
                                                  std::shared_ptr<const void> options,
                                                  const Place& place, const std::string& path);

  /// The top-level maps of slots, such as "objectives".
  static const std::vector<std::pair<Kind, std::string>>& maps();
  /// Reads the entries of the top-level maps that nothing has used, and gives all of them with
  /// every default: {objectives: {...}, streams: {...}}.
  Value read_maps();

 private:
  template <class T>
  struct Entry {
    bool open = false;  ///< being read: who names it now names it within itself
    T content{};
  };
  std::shared_ptr<const PluginChoice> choose_name(Kind kind, const Value& value,
                                                  const std::string& path);
  std::shared_ptr<const PluginChoice> choose_mapping(Kind kind, const Value& value,
                                                     const std::string& path, Reader& reader);
  std::shared_ptr<const PluginChoice> named_choice(Kind kind, const std::string& map,
                                                   const Value::Entry& entry);
  std::optional<Stream> named_stream(const Value::Entry& entry);
  template <class T, class Read>
  T once(std::map<std::string, Entry<T>>& entries, const std::string& path, const Place& place,
         Read read);
  const Value* map_of(const std::string& name) const;

  const Value& experiment_;
  const Registry& registry_;
  Diagnostics& diagnostics_;
  const bool incomplete_;  ///< a file that could not be read may hold what is missing
  const TaskFacts* task_ = nullptr;
  std::vector<std::string> unknown_;
  std::map<std::string, Entry<std::shared_ptr<const PluginChoice>>> choices_;
  std::map<std::string, Entry<std::optional<Stream>>> streams_;
};

}  // namespace leakprobe
