#include "carrier.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "../findings.h"
#include "../utf8.h"
#include "leakprobe/error.h"

namespace leakprobe::canary {
namespace {

namespace fs = std::filesystem;

/// It is held in memory, and every line is looked at.
constexpr uintmax_t kMostBytes = uintmax_t{16} << 20;
constexpr std::string_view kBlank = " \t\r\v\f";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(std::string_view text) { return text.find_first_not_of(kBlank) == text.npos; }

std::string content_of(const fs::path& file) {
  std::error_code fault;
  const bool is_file = fs::is_regular_file(file, fault);
  if (fault) throw Error(file.string() + ": cannot be read: " + fault.message());
  if (!is_file) throw Error(file.string() + ": is no file on disk; name a file of text");
  if (fs::file_size(file) > kMostBytes) {
    throw Error(file.string() +
                ": has more than 16 MiB, which is more than a carrier may; "
                "name a part of it");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) {
    throw Error(file.string() + ": cannot be read: " + std::generic_category().message(errno));
  }
  return content;
}

/// The lines of a text that are not blank, without what ends them.
std::vector<Line> lines_of(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<Line> lines;
  for (int64_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (!is_blank(line)) lines.push_back({std::string(line), number});
  }
  return lines;
}

}  // namespace

std::vector<size_t> Line::places() const {
  std::vector<size_t> places;
  for (size_t at = 1; at < text.size(); ++at) {
    const bool ends_sentence = std::string_view(".!?").find(text[at - 1]) != std::string_view::npos;
    if (ends_sentence && text[at] == ' ') places.push_back(at);
  }
  places.push_back(text.size());
  return places;
}

Carrier read_carrier(const std::optional<fs::path>& file, std::string_view planted) {
  if (!file) return {"", lines_of(kOwnText)};
  Carrier carrier{file->string(), lines_of(content_of(*file))};
  if (carrier.lines.empty()) {
    throw Error(carrier.source + ": has no line of text; write one text a line");
  }
  texts::Findings findings(carrier.source);
  for (const Line& line : carrier.lines) {
    const auto place = [&](size_t at) {
      return Place{carrier.source, static_cast<int>(line.number), static_cast<int>(at) + 1};
    };
    if (const size_t odd = texts::find_invalid_utf8(line.text); odd != std::string_view::npos) {
      findings.add(place(odd), "is not UTF-8",
                   "convert the file from what it is: iconv -f WINDOWS-1252 -t UTF-8 '" +
                       carrier.source + "'");
    } else if (const size_t found = line.text.find(planted);
               found != std::string::npos && !is_blank(planted)) {
      findings.add(place(found), "holds the text of the pattern, so it looks like a canary",
                   "leave the line out, or choose another pattern");
    }
  }
  findings.require_none();
  return carrier;
}

}  // namespace leakprobe::canary
