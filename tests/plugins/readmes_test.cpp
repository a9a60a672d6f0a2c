// What the READMEs say of plugins is what these declare.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <any>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "config/yaml_document.h"
#include "leakprobe/objective.h"
#include "leakprobe/probe.h"
#include "leakprobe/sink.h"
#include "plugin/registry.h"
#include "plugin/search.h"
#include "workbench/parameters_value.h"

namespace leakprobe {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kSource = LEAKPROBE_SOURCE_FOLDER;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

const Registry& registry() {
  static Registry registry;
  if (registry.plugins().empty()) {
    registry.load({{LEAKPROBE_PLUGIN_FOLDER, "the test"}});
    registry.require_named();
  }
  return registry;
}

std::string full_name(const Registration& plugin) {
  return std::string(name_of(plugin.kind)) + "/" + plugin.name;
}

/// A plugin's own README, or that of its kind where siblings share one.
fs::path readme_of(const Registration& plugin) {
  const std::string kind(name_of(plugin.kind));
  fs::path folder;
  for (const fs::path& each :
       {kSource / (kind + "s"), kSource / "plugins" / (kind + "s"), kSource / "plugins" / kind}) {
    if (fs::is_directory(each)) folder = each;
  }
  const fs::path own = folder / plugin.name / "README.md";
  return fs::exists(own) ? own : folder / "README.md";
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(trimmed(part));
  return parts;
}

std::string without_backticks(const std::string& text) {
  const bool quoted =
      text.size() > 2 && text.front() == '`' && text.find('`', 1) + 1 == text.size();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// The defaults in the README's table of parameters by name, those of a mapping's entries as
/// "terms.weight". A shared README has the plugin in its first column.
std::map<std::string, std::string> defaults_in(const std::string& readme,
                                               const std::string& plugin) {
  static const std::regex head(R"(\| (\w+ \| )?parameter \| default \| meaning \|)");
  std::map<std::string, std::string> defaults;
  bool inside = false;
  size_t first = 0;
  for (const std::string& line : split(readme, '\n')) {
    std::smatch match;
    if (std::regex_match(line, match, head)) {
      inside = true;
      first = match[1].matched ? 2 : 1;
    } else if (!line.starts_with("|")) {
      inside = false;
    } else if (inside && !line.starts_with("|--")) {
      const std::vector<std::string> cells = split(line, '|');
      if (first == 2 && without_backticks(cells.at(1)) != plugin) continue;
      std::string before;
      for (const std::string& name : split(cells.at(first), ',')) {
        std::string whole =
            std::regex_replace(without_backticks(name), std::regex(R"(<\w+>\.)"), "");
        // `terms.<name>.pairs`, `.rows`
        if (whole.starts_with(".")) whole = before.substr(0, before.rfind('.')) + whole;
        EXPECT_TRUE(defaults.emplace(whole, cells.at(first + 1)).second) << whole << " twice";
        before = whole;
      }
    }
  }
  return defaults;
}

/// Whether nothing would be written down for it: null, an empty text, a map of such.
bool is_nothing(const Value& value) {
  if (value.is_string()) return value.as_string().empty();
  if (value.is_list()) return value.as_list().empty();
  if (!value.is_map()) return value.is_null();
  return std::all_of(value.entries().begin(), value.entries().end(),
                     [](const Value::Entry& entry) { return is_nothing(entry.value); });
}

bool alike(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.as_number() == b.as_number();
  if (a.is_list() && b.is_list()) {
    return std::equal(a.as_list().begin(), a.as_list().end(), b.as_list().begin(),
                      b.as_list().end(), alike);
  }
  return a == b;
}

/// Whether a cell of a table gives a default: what has no value, or a long one, is told in words.
bool gives(const std::string& cell, const Value& value) {
  Diagnostics diagnostics;
  YamlBudget budget;
  const std::optional<Value> read =
      parse_yaml("value: " + without_backticks(cell), "cell", diagnostics, budget);
  const bool is_value = !cell.empty() && read && !diagnostics.has_errors();
  const Value written = is_value ? read->at("value") : Value();
  if (is_value && alike(written, value)) return true;
  const bool is_words = is_value ? written.is_string() : cell.find(':') == cell.npos;
  if (is_nothing(value)) return cell.empty() || is_words;
  return (value.is_list() || value.is_map()) && !cell.empty() && is_words;
}

/// Takes what it has compared out of `rows`.
void expect_alike(const Value& parameters, const std::string& prefix, const std::string& where,
                  std::map<std::string, std::string>& rows) {
  for (const Value& parameter : parameters.as_list()) {
    const std::string name = prefix + parameter.text("name");
    const auto row = rows.find(name);
    if (row == rows.end()) {
      ADD_FAILURE() << where << ": its table lacks " << name;
      continue;
    }
    const bool required = parameter.boolean("required");
    const Value& value = *parameter.find("default");
    EXPECT_TRUE(required ? row->second == "required" : gives(row->second, value))
        << where << ": " << name << " is " << (required ? "required" : to_json(value)) << ", not "
        << row->second;
    rows.erase(row);
    // A mapping's own parameters are in the table, or where its row says.
    const bool told = std::any_of(rows.begin(), rows.end(), [&](const auto& each) {
      return each.first.starts_with(name + ".");
    });
    if (told) expect_alike(parameter.at("parameters"), name + ".", where, rows);
  }
}

TEST(Readmes, HaveEveryParameterWithItsDefaultAndNoOther) {
  for (const RegisteredPlugin* each : registry().plugins()) {
    const Registration& plugin = each->registration;
    const fs::path file = readme_of(plugin);
    const std::string readme = text_of(file);
    const std::string where = file.lexically_relative(kSource).string() + ": " + plugin.name;
    ASSERT_NE(readme, "") << where;
    // Architectures have the parameters of their config.json.
    if (plugin.kind == Kind::model) {
      EXPECT_THAT(readme, HasSubstr("`leakprobe show " + full_name(plugin) + "`")) << where;
      continue;
    }
    std::map<std::string, std::string> rows = defaults_in(readme, plugin.name);
    const Parameters& parameters = *plugin.parameters;
    const Value defaults = parameters.write(parameters.make().get());
    expect_alike(parameters_value(parameters.fields(), defaults), "", where, rows);
    for (const auto& [name, value] : rows) ADD_FAILURE() << where << " has no parameter " << name;
  }
}

/// What the facts say that a plugin of default options takes and reports.
std::vector<std::string> names_in_facts(const Registration& plugin) {
  std::vector<std::string> names;
  if (plugin.kind != Kind::objective && plugin.kind != Kind::probe && plugin.kind != Kind::sink) {
    return names;
  }
  const std::any facts = plugin.facts(plugin.parameters->make().get());
  if (plugin.kind == Kind::objective) {
    const auto& objective = std::any_cast<const ObjectiveFacts&>(facts);
    for (const ColumnNeed& column : objective.columns) names.push_back(column.name);
    names.insert(names.end(), objective.metrics.begin(), objective.metrics.end());
  } else if (plugin.kind == Kind::probe) {
    for (const ProbeFacts::Aggregate& each : std::any_cast<const ProbeFacts&>(facts).aggregates) {
      names.push_back(plugin.name + "/" + each.name);
    }
  } else if (const std::string& file = std::any_cast<const SinkFacts&>(facts).file; !file.empty()) {
    names.push_back(file);
  }
  return names;
}

TEST(Readmes, NameWhatAPluginTakesAndReports) {
  for (const RegisteredPlugin* each : registry().plugins()) {
    const Registration& plugin = each->registration;
    const std::string readme = text_of(readme_of(plugin));
    for (const std::string& name : names_in_facts(plugin)) {
      EXPECT_NE(readme.find("`" + name + "`"), readme.npos) << full_name(plugin) << ": " << name;
    }
  }
}

TEST(Readmes, HaveAnExampleOfEveryPlugin) {
  for (const RegisteredPlugin* each : registry().plugins()) {
    const Registration& plugin = each->registration;
    EXPECT_THAT(text_of(readme_of(plugin)), HasSubstr("```yaml")) << full_name(plugin);
  }
}

}  // namespace
}  // namespace leakprobe
