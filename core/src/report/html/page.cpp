#include "report/html/page.h"

#include <string>
#include <string_view>
#include <utility>

#include "format/atomic_file.h"
#include "format/json_write.h"
#include "format/own_files.h"
#include "leakprobe/error.h"
#include "report/figures/figures.h"
#include "report/figures/rendering.h"
#include "report/figures/report_value.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// JSON inside a <script>: '<' could end it or start a comment.
std::string for_script(std::string_view json) {
  std::string text;
  for (const char c : json) c == '<' ? text += "\\u003c" : text += c;
  return text;
}

std::string for_text(std::string_view plain) {
  std::string text;
  for (const char c : plain) {
    if (c == '&')
      text += "&amp;";
    else if (c == '<')
      text += "&lt;";
    else
      text += c;
  }
  return text;
}

std::string figures_json(const std::vector<Figure>& figures) {
  OrderedJson list = OrderedJson::array();
  for (const Figure& figure : figures) {
    list.push_back({{"name", figure.name},
                    {"title", figure.title},
                    {"caption", figure.caption},
                    {"spec", figure.spec}});
  }
  return dump_json(list);
}

/// The template with each "{{name}}" replaced; what is put in is not looked at again.
std::string filled(std::string_view page,
                   const std::vector<std::pair<std::string_view, std::string>>& parts) {
  std::string text;
  for (size_t open = page.find("{{"); open != std::string_view::npos; open = page.find("{{")) {
    const size_t close = page.find("}}", open);
    LEAKPROBE_CHECK(close != std::string_view::npos, "report.html has a '{{' without '}}'");
    const std::string_view name = page.substr(open + 2, close - open - 2);
    text += page.substr(0, open);
    bool found = false;
    for (const auto& [key, content] : parts) {
      if (key != name) continue;
      text += content;
      found = true;
    }
    LEAKPROBE_CHECK(found, "report.html asks for something unknown: " + std::string(name));
    page.remove_prefix(close + 2);
  }
  return text.append(page);
}

/// What a reader recognises the page by.
std::string title_of(const Value& report) {
  std::string title;
  for (const Value& axis : report.find_items("axes")) {
    title += (title.empty() ? "" : " and ") + text_at(axis, "name");
  }
  if (!title.empty()) return "leakprobe: by " + title;
  const Value::List& groups = report.find_items("groups");
  return groups.empty() ? "leakprobe" : "leakprobe: " + text_at(groups.front(), "label");
}

}  // namespace

void write_page(const Value& report, const std::vector<Figure>& figures, const fs::path& out,
                FiguresWritten& written) {
  const fs::path resources = report_resources();
  const fs::path vega = resources / "vega.js", file = out / "report.html";
  OwnFiles own(out, kReportMaker);
  own.claim({file.filename().string()});
  if (!is_there(vega)) {
    own.remove_file(file.filename().string());  // an earlier one would be taken for this report's
    written.hints.push_back("no report.html: " + vega.string() +
                            " is missing; run ./dev setup and build again");
    return;
  }
  const auto part = [&](const char* name) { return read_file(resources / name); };
  write_file_atomically(file,
                        filled(part("report.html"), {{"title", for_text(title_of(report))},
                                                     {"style", part("report.css")},
                                                     {"theme", for_script(part("theme.json"))},
                                                     {"report", for_script(to_json(report))},
                                                     {"figures", for_script(figures_json(figures))},
                                                     {"vega", read_file(vega)},
                                                     {"program", part("report.js")}}));
  written.files.push_back(file);
}

}  // namespace leakprobe
