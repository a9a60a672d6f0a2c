#include "reference_pages.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "leakprobe/kind.h"
#include "markdown.h"
#include "reference_texts.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

constexpr const char* kExperiment = "experiment";

/// Where the words of a parameter's type are explained.
const std::map<std::string, std::string>& places_of_types() {
  static const std::map<std::string, std::string> places = [] {
    std::map<std::string, std::string> all;
    for (const ReferenceKind& page : reference_kinds()) {
      const std::string name(name_of(page.kind));
      for (const std::string& word : {name, name + "s"}) all[word] = name + ".md";
    }
    for (const auto& [word, topic] : {std::pair{"stream", "Streams"},
                                      {"streams", "Streams"},
                                      {"source", "Streams"},
                                      {"origin", "Whose weights"},
                                      {"claim", "Claims"},
                                      {"claims", "Claims"},
                                      {"axes", "Sweeps"}}) {
      all[word] = std::string(kExperiment) + ".md#" + anchor_of(topic);
    }
    all["role"] = "task.md#" + anchor_of("Roles");
    return all;
  }();
  return places;
}

/// A type with links to what its words mean.
std::string linked(const std::string& type) {
  std::istringstream words(type);
  std::string text;
  for (std::string word; words >> word;) {
    const std::string bare = word.substr(0, word.find(','));
    const auto place = places_of_types().find(bare);
    if (place != places_of_types().end()) {
      word = "[" + bare + "](" + place->second + ")" + word.substr(bare.size());
    }
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

/// "2^40" for 1099511627776 and "2^31 - 1" for 2147483647: bounds that only keep out nonsense.
std::string bound_in_short(std::string_view digits) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || number < (uint64_t{1} << 20)) return std::string(digits);
  for (int power = 20; power < 64; ++power) {
    const uint64_t whole = uint64_t{1} << power;
    if (number == whole) return "2^" + std::to_string(power);
    if (number == whole - 1) return "2^" + std::to_string(power) + " - 1";
  }
  return std::string(digits);
}

std::string with_short_bounds(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t end = std::min(text.find_first_not_of("0123456789", i), text.size());
    if (end == i) {
      out += text[i++];
    } else {
      out += bound_in_short(std::string_view(text).substr(i, end - i));
      i = end;
    }
  }
  return out;
}

std::string type_of(const Value& parameter) {
  std::string text = linked(markdown_prose(shown(parameter, "type")));
  if (const std::string range = shown(parameter, "range"); !range.empty()) {
    text += ", " + with_short_bounds(markdown_prose(range));
  }
  if (const std::string unit = shown(parameter, "unit"); !unit.empty()) {
    text += ", in " + markdown_prose(unit);
  }
  return text;
}

bool is_empty(const Value& value) {
  return value.is_null() || (value.is_string() && value.as_string().empty()) ||
         (value.is_list() && value.as_list().empty()) ||
         (value.is_map() && value.entries().empty());
}

std::string default_of(const Value& parameter) {
  if (parameter.find_boolean("required").value_or(false)) return "required";
  const Value* value = parameter.find("default");
  // A mapping's own rows have theirs.
  if (value == nullptr || is_empty(*value) || parameter.find("parameters") != nullptr) return "";
  return code_span(visible(value->is_string() ? as_yaml(*value) : plain(*value)));
}

/// The doc, and what each word of an enumeration means.
std::string meaning_of(const Value& parameter) {
  std::string text = markdown_prose(shown(parameter, "doc"));
  if (const Value* words = parameter.find("words")) {
    for (const Value::Entry& word : words->entries()) {
      text +=
          "<br>" + code_span(visible(word.key)) + ": " + markdown_prose(visible(plain(word.value)));
    }
  }
  return text;
}

/// What stands between a parameter's name and that of one below it.
std::string way_down(const Value& parameter) {
  const std::string type = shown(parameter, "type");
  if (type.starts_with("mapping of names")) return ".<name>.";
  return type.starts_with("list") ? "[]." : ".";
}

void add_rows(MarkdownTable& table, const Value::List& parameters, const std::string& before) {
  for (const Value& parameter : parameters) {
    const std::string name = before + shown(parameter, "name");
    table.add({code_span(name), type_of(parameter), default_of(parameter), meaning_of(parameter)});
    if (const Value* inner = parameter.find("parameters")) {
      add_rows(table, inner->as_list(), name + way_down(parameter));
    }
  }
}

std::string table_of(const Value::List& parameters) {
  MarkdownTable table({"key", "type", "default", "meaning"});
  add_rows(table, parameters, "");
  return table.text();
}

/// The keys of an experiment, as `leakprobe show keys` has them.
class Keys {
 public:
  explicit Keys(const host::Workbench& workbench) : keys_(workbench.show("keys")) {}

  const Value::List& all() const { return keys_.items("keys"); }

  const Value& at(const std::string& name) const {
    const auto key = std::find_if(all().begin(), all().end(),
                                  [&](const Value& each) { return each.text("name") == name; });
    if (key == all().end())
      throw Error("the reference explains a key '" + name + "', which there is not");
    return *key;
  }

 private:
  const Value keys_;
};

/// "[dpo](objective.md#dpo), ..." of the plugins that may stand at a key.
std::string plugins_at(const Value& key) {
  std::string text;
  for (const Value& each : key.find_items("plugins")) {
    const std::string whole = visible(each.as_string());
    const size_t slash = whole.find('/');
    const std::string name = whole.substr(slash + 1);
    text += (text.empty() ? "" : ", ") + std::string("[") + name + "](" + whole.substr(0, slash) +
            ".md#" + anchor_of(name) + ")";
  }
  return text;
}

/// A text with its marks replaced; see reference_texts.h.
std::string filled(const std::string& text, const Keys& keys) {
  constexpr std::string_view kPlugins = "plugins ";
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("{{") || !line.ends_with("}}")) {
      out += line + "\n";
      continue;
    }
    const std::string mark = line.substr(2, line.size() - 4);
    if (mark.starts_with(kPlugins)) {
      out += plugins_at(keys.at(mark.substr(kPlugins.size()))) + "\n";
    } else {
      out += table_of(keys.at(mark).find_items("parameters"));
    }
  }
  return out;
}

std::string section(const std::string& title, const std::string& text) {
  return "\n## " + title + "\n\n" + text;
}

std::string experiment_page(const host::Workbench& workbench) {
  const Keys keys(workbench);
  std::map<std::string, std::string> topics;
  for (const ReferenceTopic& topic : reference_topics()) {
    for (const std::string& key : topic.keys) topics[key] = topic.title;
  }
  MarkdownTable table({"key", "type", "default", "meaning"});
  for (const Value& key : keys.all()) {
    const std::string name = shown(key, "name");
    const auto topic = topics.find(name);
    const std::string link = topic == topics.end() ? "" : "(#" + anchor_of(topic->second) + ")";
    table.add({link.empty() ? code_span(name) : "[" + code_span(name) + "]" + link, type_of(key),
               default_of(key), meaning_of(key)});
  }
  std::string page = kReferenceExperiment + section("All keys", table.text());
  for (const ReferenceTopic& topic : reference_topics()) {
    page += section(topic.title, filled(topic.text, keys));
  }
  return page;
}

/// A fact in words: "`chosen`: `positive`, `rejected`: `negative`".
std::string in_words(const Value& value, int depth = 0) {
  if (value.is_null()) return "none";
  if (value.is_boolean()) return value.as_boolean() ? "yes" : "no";
  std::string text;
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  if (value.is_list()) {
    for (const Value& each : value.as_list()) add(in_words(each, depth + 1));
  } else if (value.is_map()) {
    for (const Value::Entry& entry : value.entries()) {
      add(code_span(visible(entry.key)) + ": " + in_words(entry.value, depth + 1));
    }
    if (depth > 0 && !text.empty()) text = "(" + text + ")";
  } else if (value.type() == Value::Type::number) {
    const std::string exact = plain(value);
    return code_span(exact.size() <= 6 ? exact : fixed(value.as_number(), 3));
  } else {
    return code_span(visible(plain(value)));
  }
  return text.empty() ? "none" : text;
}

bool is_map_of_maps(const Value& value) {
  return value.is_map() && !value.entries().empty() &&
         std::all_of(value.entries().begin(), value.entries().end(),
                     [](const Value::Entry& entry) { return entry.value.is_map(); });
}

std::string fact_line(const std::string& name, const Value& fact) {
  const std::string head = "- " + code_span(visible(name)) + ":";
  if (!is_map_of_maps(fact)) return head + " " + in_words(fact) + "\n";
  std::string text = head + "\n";
  for (const Value::Entry& entry : fact.entries()) {
    text += "  - " + code_span(visible(entry.key)) + ": " + in_words(entry.value) + "\n";
  }
  return text;
}

std::string facts_of(const Value& plugin, const ReferenceKind& kind) {
  const Value* facts = plugin.find("facts");
  if (kind.facts.empty()) return "";
  if (facts == nullptr || facts->is_null()) {
    return "\nWhat it comes to depends on options that have no default.\n";
  }
  std::string text;
  for (const auto& [name, meaning] : kind.facts) {
    if (const Value* fact = facts->find(name)) text += fact_line(name, *fact);
  }
  return text.empty() ? "" : "\nWith its defaults:\n\n" + text;
}

/// Well-known sizes, each by what it has otherwise than the defaults.
std::string shapes_of(const Value& plugin) {
  const Value* shapes = plugin.find("shapes");
  if (shapes == nullptr || !shapes->is_map() || shapes->entries().empty()) return "";
  Value defaults = Value::map();
  for (const Value& parameter : plugin.items("parameters")) {
    if (const Value* value = parameter.find("default"))
      defaults.set(parameter.text("name"), *value);
  }
  MarkdownTable table({"shape", "what it has otherwise than the defaults"});
  for (const Value::Entry& shape : shapes->entries()) {
    std::string dimensions;
    for (const Value::Entry& each : shape.value.entries()) {
      const Value* usual = defaults.find(each.key);
      if (usual != nullptr && *usual == each.value) continue;
      dimensions += (dimensions.empty() ? "" : ", ") +
                    code_span(visible(each.key) + ": " + visible(plain(each.value)));
    }
    table.add({code_span(visible(shape.key)), dimensions});
  }
  return "\n" + table.text();
}

/// What has to hold between parameters.
std::string relations_of(const Value& plugin) {
  std::string text;
  for (const Value& relation : plugin.find_items("relations")) {
    text += "- " + markdown_prose(visible(relation.as_string())) + "\n";
  }
  return text.empty() ? "" : "\nBesides:\n\n" + text;
}

/// Where a plugin's README lies; "" of one from outside the tree, whose name has a dot.
std::string readme_of(const std::string& name, const ReferenceKind& kind) {
  if (name.find('.') != std::string::npos) return "";
  const size_t at = kind.readme.find("{}");
  return at == std::string::npos ? kind.readme
                                 : kind.readme.substr(0, at) + name + kind.readme.substr(at + 2);
}

std::string plugin_section(const Value& plugin, const ReferenceKind& kind) {
  const std::string name = shown(plugin, "name");
  std::string text = markdown_prose(shown(plugin, "doc"));
  if (plugin.find_boolean("default").value_or(false)) {
    text += " This is what experiments mean that name no " + shown(plugin, "kind") + ".";
  }
  if (const std::string readme = readme_of(name, kind); !readme.empty()) {
    text += " [Formula, sources, examples](" + readme + ").";
  }
  text += "\n";
  const std::string table = table_of(plugin.items("parameters"));
  text += table.empty() ? "\nIt has no options.\n" : "\n" + table;
  return section(name, text + relations_of(plugin) + facts_of(plugin, kind) + shapes_of(plugin));
}

std::string kind_page(const host::Workbench& workbench, const ReferenceKind& kind) {
  std::string page = "# " + kind.title + "\n\n" + filled(kind.text, Keys(workbench));
  if (!kind.facts.empty()) {
    MarkdownTable table({"fact", "meaning"});
    for (const auto& [name, meaning] : kind.facts) {
      table.add({code_span(name), markdown_prose(meaning)});
    }
    page += section("Facts",
                    "What is known of one before it is made, from its options alone; by these a "
                    "composition is checked.\n\n" +
                        table.text());
  }
  const std::string kind_name(name_of(kind.kind));
  const Value plugins = workbench.list(kind.kind);
  for (const Value& each : plugins.as_list()) {
    page += plugin_section(workbench.show(kind_name + "/" + each.text("name")), kind);
  }
  return page;
}

std::string index_page() {
  MarkdownTable table({"page", "what is there"});
  table.add({"[" + std::string(kExperiment) + "](" + kExperiment + ".md)",
             "every key and form of an experiment's file"});
  for (const ReferenceKind& kind : reference_kinds()) {
    const std::string name(name_of(kind.kind));
    table.add({"[" + name + "](" + name + ".md)", kind.summary});
  }
  return kReferenceIndex + table.text();
}

}  // namespace

std::vector<std::string> reference_pages() {
  std::vector<std::string> names = {kExperiment};
  for (const ReferenceKind& kind : reference_kinds()) names.emplace_back(name_of(kind.kind));
  return names;
}

std::string reference_page(const host::Workbench& workbench, const std::string& name) {
  if (name.empty()) return index_page();
  if (name == kExperiment) return experiment_page(workbench);
  for (const ReferenceKind& kind : reference_kinds()) {
    if (name == name_of(kind.kind)) return kind_page(workbench, kind);
  }
  throw host::UsageError("there is no page " + in_quotes(name) + "; " +
                         suggest(name, reference_pages(), "pages"));
}

}  // namespace leakprobe::cli
