#include "config/assign.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "config/merge.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// Of a path that has too many.
constexpr size_t kPartsShown = 8;

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> segments;
  size_t start = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
    segments.push_back(path.substr(start, dot - start));
    start = dot + 1;
  }
  segments.push_back(path.substr(start));
  return segments;
}

std::string join(const std::vector<std::string>& segments, size_t first, size_t last) {
  std::string text;
  for (size_t i = first; i < last; ++i) text = child_path(text, segments[i]);
  return text;
}

/// How many of the segments from `first` on make the longest name that `is_there`; 0 = none do.
template <class Predicate>
size_t longest_name(const std::vector<std::string>& segments, size_t first, Predicate is_there) {
  for (size_t last = segments.size(); last > first; --last) {
    if (is_there(join(segments, first, last))) return last - first;
  }
  return 0;
}

/// The index that a path's part gives for an entry without a name.
std::optional<size_t> number_in(const Value::List& list, const std::string& text) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  const bool good = error == std::errc() && end == text.data() + text.size();
  if (!good || index >= list.size() || !entry_name(list[index]).empty()) return std::nullopt;
  return index;
}

/// The keys of `sweep` are paths themselves.
constexpr std::string_view kPaths = "sweep";

class Assignment {
 public:
  Assignment(Value& root, const std::string& path, const Value& value, Diagnostics& diagnostics)
      : root_(root),
        path_(path),
        segments_(split(path)),
        value_(value),
        diagnostics_(diagnostics) {}

  bool perform() {
    if (std::find(segments_.begin(), segments_.end(), "") != segments_.end()) {
      return fail("the path has an empty part", "write it as in phases.suppress.freeze.type");
    }
    if (!check_path(path_, value_.place, diagnostics_)) return false;
    node_ = &root_;
    while (used_ < segments_.size()) {
      if (node_->is_list() ? !enter_list() : !enter_map()) return false;
    }
    return true;
  }

 private:
  bool fail(std::string message, std::string hint = "") {
    diagnostics_.error(value_.place, path_, std::move(message), std::move(hint));
    return false;
  }

  std::string joined(size_t first, size_t last) const { return join(segments_, first, last); }

  bool enter_map() {
    if (!node_->is_map()) {
      if (!node_->is_null()) return refuse_scalar();
      *node_ = Value::map();
      node_->place = value_.place;
    }
    size_t length = longest_name(
        segments_, used_, [&](const std::string& key) { return node_->find(key) != nullptr; });
    if (length == 0) length = context_ == kPaths ? segments_.size() - used_ : 1;
    const std::string key = joined(used_, used_ + length);
    used_ += length;
    if (used_ == segments_.size()) {
      Value over = Value::map();
      over.set(key, value_);
      const Place place = node_->place;
      merge_into(*node_, over, context_);
      node_->place = place;
      return true;
    }
    Value* child = node_->find(key);
    if (child == nullptr) {
      Value made = Value::map();
      made.place = value_.place;
      child = &node_->set(key, std::move(made));
    }
    node_ = child;
    context_ = child_path(context_, key);
    return true;
  }

  bool enter_list() {
    Value::List& list = node_->as_list();
    size_t length = longest_name(segments_, used_, [&](const std::string& name) {
      return find_entry(*node_, name) != nullptr;
    });
    Value* entry = find_entry(*node_, joined(used_, used_ + length));
    if (length == 0) {
      length = 1;
      const auto index = number_in(list, segments_[used_]);
      entry = index ? &list[*index] : nullptr;
    }
    if (entry == nullptr) return refuse_name(list);
    used_ += length;
    if (used_ < segments_.size()) {
      node_ = entry;
    } else if (value_.is_null()) {
      list.erase(list.begin() + (entry - list.data()));
    } else {
      merge_into(*entry, value_, context_);
    }
    return true;
  }

  bool refuse_name(const Value::List& list) {
    std::vector<std::string> names;
    for (const Value& entry : list) {
      if (!entry_name(entry).empty()) names.push_back(entry_name(entry));
    }
    const std::string where = joined(0, used_);
    std::string hint = suggest(segments_[used_], names, "names in " + where);
    if (names.empty() && !list.empty()) {
      hint = "its elements have numbers, from 0 to " + std::to_string(list.size() - 1);
    }
    return fail(quote(where) + " has no entry " + quote(segments_[used_]), hint);
  }

  bool refuse_scalar() {
    const std::string where = joined(0, used_);
    std::string hint;
    if (node_->is_string()) {
      for (const Value::Entry& entry : root_.entries()) {
        if (!entry.value.is_map() || entry.value.find(node_->as_string()) == nullptr) continue;
        hint = "change " + entry.key + "." + node_->as_string() + "." +
               joined(used_, segments_.size());
      }
    }
    return fail(quote(where) + " is " + node_->describe() + ", which has no parts", hint);
  }

  Value& root_;
  const std::string& path_;
  std::vector<std::string> segments_;
  const Value& value_;
  Diagnostics& diagnostics_;
  Value* node_ = nullptr;
  size_t used_ = 0;
  std::string context_;  ///< the path without names of list entries, as merge_into takes it
};

/// The parts of a path and what stands at its end; nullptr where nothing does.
struct Walk {
  std::vector<std::string> parts;
  const Value* end = nullptr;
};

Walk walk(const Value& root, const std::string& path) {
  const std::vector<std::string> segments = split(path);
  std::vector<std::string> parts;
  const Value* node = &root;
  const auto find = [&](const std::string& name) {
    if (node == nullptr) return static_cast<const Value*>(nullptr);
    return node->is_list() ? find_entry(*node, name) : node->find(name);
  };
  if (segments.size() > kMostPathParts) return {segments, nullptr};
  for (size_t used = 0; used < segments.size();) {
    size_t length = longest_name(segments, used,
                                 [&](const std::string& name) { return find(name) != nullptr; });
    const bool is_path = parts.size() == 1 && parts.front() == kPaths;
    if (length == 0) length = is_path ? segments.size() - used : 1;
    std::string part = join(segments, used, used + length);
    const Value* next = find(part);
    if (next == nullptr && node != nullptr && node->is_list()) {
      if (const auto index = number_in(node->as_list(), part)) {
        part = std::to_string(*index);
        next = &node->as_list()[*index];
      }
    }
    parts.push_back(std::move(part));
    node = next;
    used += length;
  }
  return {std::move(parts), node};
}

}  // namespace

bool check_path(const std::string& path, const Place& place, Diagnostics& diagnostics) {
  const std::vector<std::string> segments = split(path);
  if (segments.size() <= kMostPathParts) return true;
  diagnostics.error(place, join(segments, 0, kPartsShown) + "...",
                    "the path has " + std::to_string(segments.size()) + " parts, more than " +
                        std::to_string(kMostPathParts),
                    "nothing in an experiment lies so deep");
  return false;
}

std::vector<std::string> split_path(const Value& root, const std::string& path) {
  return walk(root, path).parts;
}

const Value* find_at(const Value& root, const std::string& path) { return walk(root, path).end; }

bool assign(Value& root, const std::string& path, const Value& value, Diagnostics& diagnostics) {
  if (path.empty()) {
    merge_into(root, value);
    return true;
  }
  return Assignment(root, path, value, diagnostics).perform();
}

}  // namespace leakprobe
