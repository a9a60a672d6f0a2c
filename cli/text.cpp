#include "text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "leakprobe/host/printable.h"

namespace leakprobe::cli {
namespace {

/// Beyond it a double has no digits after the point, and nobody counts those before it.
constexpr double kLargestFixed = 1e15;

/// Beyond it nobody reads a share in percent, but a factor; and then its order of magnitude.
constexpr double kLargestPercent = 1000, kLargestFactor = 1e6;

std::string padded_number(int64_t number, size_t digits) {
  std::string text = std::to_string(number);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

std::string three_digits(double number) {
  return fixed(number, number < 9.995 ? 2 : number < 99.95 ? 1 : 0);
}

/// Whether three digits after the point say less than the power of ten.
bool is_tiny(double number) { return number != 0 && std::abs(number) < 5e-4; }

bool continues_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string fixed(double number, int digits) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  std::array<char, 64> buffer;
  const auto [end, error] = std::to_chars(
      buffer.data(), buffer.data() + buffer.size(), number,
      std::abs(number) < kLargestFixed ? std::chars_format::fixed : std::chars_format::scientific,
      digits);
  std::string text(buffer.data(), error == std::errc() ? end : buffer.data());
  if (text.find_first_not_of("-0.") == std::string::npos && text.front() == '-') text.erase(0, 1);
  return text;
}

std::string power_of_ten(double number, int digits) {
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                 std::chars_format::scientific, digits)
                       .ptr;
  std::string text(buffer.data(), end);
  if (const size_t e = text.find("e-0"); e != std::string::npos) text.erase(e + 2, 1);
  return text;
}

std::string with_sign(double number, int digits) {
  std::string text = fixed(number, digits);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return zero || text.front() == '-' || std::isnan(number) ? text : "+" + text;
}

std::string gate_value(double value) {
  return is_tiny(value) ? power_of_ten(value, 1) : with_sign(value, 3);
}

std::string gate_deviation(double deviation) {
  return is_tiny(deviation) ? power_of_ten(deviation, 1) : fixed(deviation, 3);
}

std::string named_number(std::string_view name, double number) {
  const std::string_view metric = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
  const char* unit = metric == "kl" ? " nats/token" : metric == "suppression" ? " nats/row" : "";
  return visible(name) + " " + fixed(number, 4) + unit;
}

std::string percent(double ratio) {
  if (!std::isfinite(ratio)) return "-";
  if (ratio < kLargestPercent / 100) return with_sign(ratio * 100, 1) + " %";
  const double factor = 1 + ratio;
  if (factor < kLargestFactor) return "×" + grouped(std::llround(factor));
  return "×10^" + fixed(std::floor(std::log10(factor)), 0);
}

std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t i = text.size(); i > first + 3;) text.insert(i -= 3, ",");
  return text;
}

std::string whole(double number) {
  constexpr double kBeyond = 0x1p63;
  return number < kBeyond ? grouped(static_cast<int64_t>(number)) : "very many";
}

std::string quantity(double number, std::string_view unit) {
  constexpr std::array kPrefixes = {"", "k", "M", "G", "T", "P", "E"};
  size_t prefix = 0;
  while (number >= 999.5 && prefix + 1 < kPrefixes.size()) {
    number /= 1000;
    ++prefix;
  }
  const std::string text = prefix == 0 ? fixed(number, 0) : three_digits(number);
  return text + " " + kPrefixes[prefix] + std::string(unit);
}

std::string bytes(double count) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (count >= 1023.5 && unit + 1 < kUnits.size()) {
    count /= 1024;
    ++unit;
  }
  return (unit == 0 ? fixed(count, 0) : three_digits(count)) + " " + kUnits[unit];
}

std::string duration(double seconds) {
  if (!(seconds >= 0) || seconds > 1e15) return "unknown time";
  if (seconds < 9.95) return fixed(seconds, 1) + " s";
  const int64_t whole = std::llround(seconds);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600)
    return std::to_string(whole / 60) + " min " + padded_number(whole % 60, 2) + " s";
  return std::to_string(whole / 3600) + " h " + padded_number(whole % 3600 / 60, 2) + " min";
}

std::string clock(double seconds) {
  if (!(seconds >= 0) || seconds > 1e15) return "?";
  const int64_t whole = std::llround(seconds);
  const std::string end = padded_number(whole % 60, 2);
  if (whole < 3600) return std::to_string(whole / 60) + ":" + end;
  return std::to_string(whole / 3600) + ":" + padded_number(whole / 60 % 60, 2) + ":" + end;
}

std::string bar(double share, size_t width) {
  constexpr std::array kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double clean = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const auto eighths = static_cast<size_t>(std::floor(clean * static_cast<double>(8 * width)));
  std::string text;
  for (size_t i = 0; i < eighths / 8; ++i) text += "█";
  text += kParts[eighths % 8];
  while (display_width(text) < width) text += "·";
  return text;
}

std::string sparkline(const std::vector<double>& numbers, size_t width) {
  constexpr std::array kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const size_t columns = std::min(numbers.size(), width);
  std::vector<double> means;
  for (size_t i = 0; i < columns; ++i) {
    const size_t begin = i * numbers.size() / columns;
    const size_t end = (i + 1) * numbers.size() / columns;
    double sum = 0;
    for (size_t k = begin; k < end; ++k) sum += numbers[k];
    means.push_back(sum / static_cast<double>(end - begin));
  }
  if (means.empty()) return "";
  const auto [least, greatest] = std::minmax_element(means.begin(), means.end());
  const double span = *greatest - *least;
  std::string text;
  for (const double mean : means) {
    const double share = span > 0 ? (mean - *least) / span : 0;
    text += kBars[static_cast<size_t>(std::llround(share * (kBars.size() - 1)))];
  }
  return text;
}

std::string counted(int64_t number, const std::string& noun) {
  return grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string plain(const Value& value) {
  if (value.is_string()) return value.as_string();
  return to_json(value);
}

std::string as_yaml(const Value& value) {
  std::string text = to_yaml(value);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
      if (i == std::string_view::npos) break;
    } else if (!continues_code_point(text[i])) {
      ++width;
    }
  }
  return width;
}

std::string padded(std::string_view text, size_t width) {
  const size_t used = display_width(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::string shortened(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string kept;
  bool styled = false;
  size_t used = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      const size_t end = std::min(text.find('m', i), text.size() - 1);
      kept.append(text.substr(i, end - i + 1));
      styled = true;
      i = end;
      continue;
    }
    if (!continues_code_point(text[i]) && ++used >= width) break;
    kept += text[i];
  }
  return kept + (width > 0 ? "…" : "") + (styled ? "\x1b[0m" : "");
}

std::vector<std::string> wrapped(std::string_view text, size_t width) {
  if (width == 0) return {std::string(text)};
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!word.empty()) line += (line.empty() ? "" : " ") + std::string(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string in_quotes(std::string_view word) {
  constexpr size_t kWidest = 100;
  return "'" + shortened(visible(word), kWidest) + "'";
}

std::string visible(std::string_view text) { return host::printable(text); }

std::string shown_path(const std::filesystem::path& path) {
  std::error_code failure;
  const std::filesystem::path here = std::filesystem::current_path(failure);
  const std::filesystem::path below = failure ? path : path.lexically_relative(here);
  const bool is_below = !below.empty() && *below.begin() != "..";
  return visible((is_below ? below : path).string());
}

std::string shown(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value == nullptr || value->is_null() ? "" : visible(plain(*value));
}

std::string shell_word(const std::filesystem::path& path) {
  const std::string text = path.string();
  const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+,:=@";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

}  // namespace leakprobe::cli
