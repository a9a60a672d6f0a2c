#include "answer.h"

namespace leakprobe::text_pairs {

Answer take_apart(std::string_view text, const std::optional<Marks>& marks, std::string& fault) {
  if (!marks) return {{}, text, {}};
  const auto& [open, close] = *marks;
  const size_t begin = text.find(open);
  if (begin == std::string_view::npos) {
    if (text.find(close) != std::string_view::npos) fault = "closes a mark that it does not open";
    return {{}, text, {}};
  }
  const std::string_view before = text.substr(0, begin);
  std::string_view rest = text.substr(begin + open.size());
  const size_t end = rest.find(close);
  if (end == std::string_view::npos) {
    fault = "opens a mark that it does not close";
    return {{}, text, {}};
  }
  const Answer answer{before, rest.substr(0, end), rest.substr(end + close.size())};
  if (answer.secret.empty()) fault = "marks a secret that is empty";
  for (const std::string_view part : {answer.before, answer.secret, answer.after}) {
    const bool marked =
        part.find(open) != std::string_view::npos || part.find(close) != std::string_view::npos;
    if (marked) fault = "marks more than one secret";
  }
  return answer;
}

}  // namespace leakprobe::text_pairs
