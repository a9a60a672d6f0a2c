#include "config/assign.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "config/merge.h"
#include "format/quote.h"

namespace leakprobe {
namespace {

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

  std::string joined(size_t first, size_t last) const {
    std::string text;
    for (size_t i = first; i < last; ++i) text = child_path(text, segments_[i]);
    return text;
  }

  /// The longest run of the next segments that `is_there`; 0 = none.
  template <class Predicate>
  size_t longest(Predicate is_there) const {
    for (size_t last = segments_.size(); last > used_; --last) {
      if (is_there(joined(used_, last))) return last - used_;
    }
    return 0;
  }

  bool enter_map() {
    if (!node_->is_map()) {
      if (!node_->is_null()) return refuse_scalar();
      *node_ = Value::map();
      node_->place = value_.place;
    }
    size_t length = longest([&](const std::string& key) { return node_->find(key) != nullptr; });
    // The keys of `sweep` are paths themselves.
    if (length == 0) length = context_ == "sweep" ? segments_.size() - used_ : 1;
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
    size_t length =
        longest([&](const std::string& name) { return find_entry(*node_, name) != nullptr; });
    Value* entry = find_entry(*node_, joined(used_, used_ + length));
    if (length == 0) {
      length = 1;
      entry = by_number(list, segments_[used_]);
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

  static Value* by_number(Value::List& list, const std::string& text) {
    size_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    const bool good = error == std::errc() && end == text.data() + text.size();
    return good && index < list.size() && entry_name(list[index]).empty() ? &list[index] : nullptr;
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

}  // namespace

bool assign(Value& root, const std::string& path, const Value& value, Diagnostics& diagnostics) {
  if (path.empty()) {
    merge_into(root, value);
    return true;
  }
  return Assignment(root, path, value, diagnostics).perform();
}

}  // namespace leakprobe
