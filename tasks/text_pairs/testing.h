#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../byte_tokenizer.h"
#include "../own_files.h"
#include "leakprobe/kit/test_context.h"
#include "leakprobe/stream.h"
#include "text_pairs.h"

namespace leakprobe::text_pairs {

/// Files in a folder of the test's own, and tasks on them.
class OwnTexts : public texts::OwnFiles {
 protected:
  /// Writes a file and makes it the one that is read.
  void write(const std::string& name, const std::string& content) {
    options_.path = file(name, content);
  }
  TaskFacts facts() const { return TextPairs::facts(options_); }
  TextPairs task() const { return TextPairs(options_, context_); }
  Row row(const std::string& set, const std::string& column, int64_t index,
          const std::string& prefix = kNoPrefix) const {
    return task().row({{set, column, prefix}, index}, RandomStream(0, "none").at(0));
  }
  /// The row as text, its scored tokens in [], its secret in <>.
  std::string shown(const std::string& set, const std::string& column, int64_t index,
                    const std::string& prefix = kNoPrefix) const {
    const Row row = this->row(set, column, index, prefix);
    std::string text;
    for (size_t i = 0; i < row.tokens.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      if (row.scored[i] && (i == 0 || !row.scored[i - 1])) text += "[";
      if (at == row.secret.begin) text += "<";
      text += context_.tokenizer()->decode({row.tokens[i]});
      if (at + 1 == row.secret.end) text += ">";
      if (row.scored[i] && (i + 1 == row.tokens.size() || !row.scored[i + 1])) text += "]";
    }
    return text;
  }
  /// All that is wrong with the file, a line each, without the folder.
  std::string mistakes() const {
    return thrown_by([&] {
      facts();
      task();
    });
  }
  std::string mistakes(const std::string& name, const std::string& content) {
    write(name, content);
    return mistakes();
  }

  TextPairs::Options options_;
  ::leakprobe::kit::TestContext context_{std::make_shared<texts::ByteTokenizer>()};
};

}  // namespace leakprobe::text_pairs
