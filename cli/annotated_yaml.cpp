#include "annotated_yaml.h"

#include <algorithm>
#include <string>
#include <vector>

#include "text.h"

namespace leakprobe::cli {
namespace {

/// Comments further right than this do not move the column of the others.
constexpr size_t kWidestAligned = 60;

struct Line {
  std::string text;
  std::string origin;
};

class Writer {
 public:
  explicit Writer(const Value& origins) : origins_(origins) {}

  void write(const Value& value, const std::string& path, const std::string& inherited,
             const std::string& indent, const std::string& first) {
    if (value.is_map() && !value.entries().empty()) {
      std::string start = first;
      for (const Value::Entry& entry : value.entries()) {
        write_member(entry.value, path.empty() ? entry.key : path + "." + entry.key, inherited,
                     indent, start + as_yaml(Value(entry.key)) + ":");
        start = indent;
      }
    } else if (value.is_list() && !value.as_list().empty()) {
      std::string start = first;
      for (size_t i = 0; i < value.as_list().size(); ++i) {
        const Value& element = value.as_list()[i];
        const std::string element_path = path + "." + name_of(element, i);
        write(element, element_path, origin(element_path, inherited), indent + "  ", start + "- ");
        start = indent;
      }
    } else {
      lines_.push_back({first + as_yaml(value), comment(path, inherited)});
    }
  }

  const std::vector<Line>& lines() const { return lines_; }

 private:
  /// Named elements of a list are addressed by their name, as overrides do it.
  static std::string name_of(const Value& element, size_t index) {
    const Value* name = element.find("name");
    return name != nullptr && name->is_string() ? name->as_string() : std::to_string(index);
  }

  static bool is_plain(const Value& value) { return !value.is_map() && !value.is_list(); }

  void write_member(const Value& value, const std::string& path, const std::string& inherited,
                    const std::string& indent, const std::string& key) {
    const bool nested = (value.is_map() && !value.entries().empty()) ||
                        (value.is_list() && !value.as_list().empty());
    if (!nested) {
      lines_.push_back({key + " " + as_yaml(value), comment(path, inherited)});
      return;
    }
    if (value.is_list() && std::all_of(value.as_list().begin(), value.as_list().end(), is_plain)) {
      lines_.push_back({key + " " + flow(value), comment(path, inherited)});
      return;
    }
    lines_.push_back({key, comment(path, inherited)});
    write(value, path, origin(path, inherited), indent + "  ", indent + "  ");
  }

  static std::string flow(const Value& list) {
    std::string text = "[";
    for (const Value& element : list.as_list()) {
      // In flow style a plain scalar ends at a comma or bracket.
      std::string word = as_yaml(element);
      if (element.is_string() && word.find_first_of(",[]{}") != std::string::npos) {
        word = to_json(element);
      }
      text += (text.size() > 1 ? ", " : "") + word;
    }
    return text + "]";
  }

  std::string origin(const std::string& path, const std::string& inherited) const {
    const Value* own = origins_.find(path);
    return own != nullptr && own->is_string() ? own->as_string() : inherited;
  }

  std::string comment(const std::string& path, const std::string& inherited) const {
    const std::string own = origin(path, inherited);
    return own == inherited ? "" : own;
  }

  const Value& origins_;
  std::vector<Line> lines_;
};

}  // namespace

void print_annotated_yaml(const Terminal& terminal, const Value& experiment, const Value& origins) {
  Writer writer(origins);
  writer.write(experiment, "", "", "", "");
  size_t column = 0;
  for (const Line& line : writer.lines()) {
    const size_t width = display_width(line.text);
    if (width <= kWidestAligned) column = std::max(column, width);
  }
  for (const Line& line : writer.lines()) {
    if (line.origin.empty()) {
      terminal.stream() << line.text << '\n';
    } else {
      terminal.stream() << padded(line.text, column) << "  "
                        << terminal.dim("# " + visible(line.origin)) << '\n';
    }
  }
}

}  // namespace leakprobe::cli
