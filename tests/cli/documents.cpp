#include "documents.h"

#include <regex>

#include "program.h"

namespace leakprobe::cli {

namespace fs = std::filesystem;

std::vector<std::string> found(const std::string& text, const char* pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> matches;
  for (std::sregex_iterator each(text.begin(), text.end(), regex), end; each != end; ++each) {
    matches.push_back((*each)[1]);
  }
  return matches;
}

std::map<fs::path, std::string> documents() {
  std::map<fs::path, std::string> texts;
  const fs::path root = source_path("");
  for (const char* top : {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}) {
    texts[root / top] = read_text(root / top);
  }
  for (const char* top :
       {"docs", "bench", "examples", "objectives", "plugins", "rewards", "tasks"}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top)) {
      if (entry.path().extension() == ".md") texts[entry.path()] = read_text(entry.path());
    }
  }
  return texts;
}

std::string sources() {
  std::string all;
  for (const char* top : {"core", "cli", "objectives", "plugins", "rewards", "tasks", "cmake"}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source_path(top))) {
      const std::string ending = entry.path().extension();
      if (ending == ".h" || ending == ".cpp" || ending == ".cmake") all += read_text(entry.path());
    }
  }
  return all;
}

std::vector<std::string> blocks(const std::string& text, const std::string& language) {
  const std::string open = "\n```" + language + "\n", close = "\n```";
  std::vector<std::string> all;
  for (size_t at = text.find(open); at != text.npos; at = text.find(open, at)) {
    at += open.size();
    // An empty block closes on its first line.
    const size_t end = text.find(close, at - 1);
    all.push_back(text.substr(at, end + 1 - at));
    at = end;
  }
  return all;
}

}  // namespace leakprobe::cli
