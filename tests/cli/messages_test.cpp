// Documents that explain the program's words quote words that it has.

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "documents.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;

/// All that the program may say: its sources, with literals of several lines in one, and what the
/// cases of tests/errors are answered.
const std::string& said() {
  static const std::string all = [] {
    std::string text = std::regex_replace(sources(), std::regex("\"\\s*\\n\\s*\""), "");
    for (const fs::directory_entry& entry : fs::directory_iterator(source_path("tests/errors"))) {
      if (entry.path().extension() == ".expected") text += read_text(entry.path());
    }
    return text;
  }();
  return all;
}

/// The parts of a quoted message between the places where names and numbers stand.
std::vector<std::string> parts_of(const std::string& message) {
  const std::string gap = "…";
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= message.size();) {
    const size_t end = std::min(message.find(gap, begin), message.size());
    if (end > begin) parts.push_back(message.substr(begin, end - begin));
    begin = end + gap.size();
  }
  return parts;
}

void expect_said(const std::string& document, const std::string& message) {
  for (const std::string& part : parts_of(message)) {
    EXPECT_NE(said().find(part), std::string::npos)
        << document << " explains '" << message << "', and nothing says '" << part << "'";
  }
}

/// The first cells of the tables that explain what "it says".
std::vector<std::string> sentences_in(const std::string& document) {
  std::vector<std::string> sentences;
  bool inside = false;
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| it says |")) {
      inside = true;
    } else if (!line.starts_with("|")) {
      inside = false;
    } else if (inside && line.starts_with("| `")) {
      sentences.push_back(line.substr(3, line.find('`', 3) - 3));
    }
  }
  return sentences;
}

TEST(ReadingResults, ExplainsSentencesThatTheProgramSays) {
  const std::string document = "docs/reading_results.md";
  const std::vector<std::string> sentences = sentences_in(read_text(source_path(document)));
  ASSERT_GT(sentences.size(), 20u);
  for (const std::string& sentence : sentences) expect_said(document, sentence);
}

TEST(ReadingResults, ExplainsEveryGate) {
  std::set<std::string> gates = {"never_pushed_up"};
  for (const char* example : {"examples/tiny.yaml", "examples/rlhf/tiny.yaml"}) {
    const Value resolved = json_of(leakprobe({"resolve", source_path(example), "--json"}));
    for (const Value& gate : resolved.items("gates")) {
      const std::string& name = gate.text("name");
      gates.insert(name.substr(0, name.find('/')));
    }
  }
  ASSERT_GT(gates.size(), 10u);
  const std::string document = read_text(source_path("docs/reading_results.md"));
  for (const std::string& gate : gates) {
    EXPECT_NE(document.find("\n| `" + gate + "` |"), document.npos) << gate;
  }
}

TEST(Troubleshooting, ExplainsMessagesThatThereAre) {
  const std::string document = "docs/troubleshooting.md";
  const std::vector<std::string> messages =
      found(read_text(source_path(document)), R"(\n### `([^`\n]+)`)");
  ASSERT_GE(messages.size(), 30u);
  std::set<std::string> seen;
  for (const std::string& message : messages) {
    EXPECT_TRUE(seen.insert(message).second) << message << " twice";
    expect_said(document, message);
  }
}

}  // namespace
}  // namespace leakprobe::cli
