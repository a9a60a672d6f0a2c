#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "leakprobe/value.h"

/// Numbers and words for people. Nothing here depends on the locale.
namespace leakprobe::cli {

/// With that many digits after the point: "0.163".
std::string fixed(double number, int digits);
/// The same with its sign, "+0.163"; what rounds to zero has none.
std::string with_sign(double number, int digits);
/// "9.7e-8" with one digit; for numbers that `fixed` would show as 0.
std::string power_of_ten(double number, int digits);
/// Gates compare numbers from 1e-7 to 1e2, and both ends stay readable: "-3.019", "2.1e-7".
std::string gate_value(double value);
/// A standard deviation of such values: "0.021", "2.1e-7".
std::string gate_deviation(double deviation);
/// A number of a training step by its name: "loss 0.6931", and "suppression 1.2500 nats/row" where
/// the name says per what it is counted.
std::string named_number(std::string_view name, double number);
/// A relative increase: 0.1768 is "+17.7 %", 147 is "×148" and 1e151 "×10^151".
std::string percent(double ratio);
/// 1234567 as "1,234,567".
std::string grouped(int64_t number);
/// The same of an estimate; "very many" where it is beyond every integer.
std::string whole(double number);
/// A large quantity with three digits and its unit: quantity(3.02e13, "FLOP") is "30.2 TFLOP".
std::string quantity(double number, std::string_view unit);
/// Bytes in binary units: "1.25 GiB".
std::string bytes(double count);
/// Seconds as "0.4 s", "12 s", "3 min 12 s", "2 h 05 min".
std::string duration(double seconds);
/// "0:39", "1:02:05": time that counts down.
std::string clock(double seconds);
/// `share` of 1 as a bar of `width` columns.
std::string bar(double share, size_t width);
/// Numbers as a line of small bars from the least to the greatest, the newest at the right; more
/// than `width` are averaged.
std::string sparkline(const std::vector<double>& numbers, size_t width);
/// "1 row", "2 rows".
std::string counted(int64_t number, const std::string& noun);
/// A scalar as a person would write it; lists and maps as JSON.
std::string plain(const Value& value);
/// A value as YAML on one line: text in quotes where it would else read as something else.
std::string as_yaml(const Value& value);

/// Code points in `text`, not counting escape codes for styles: the columns that it takes.
size_t display_width(std::string_view text);
/// `text` with blanks added to `width` columns.
std::string padded(std::string_view text, size_t width);
/// The first `width` columns of `text`; what is cut off leaves a "…".
std::string shortened(std::string_view text, size_t width);
/// `text` broken at blanks into lines of at most `width` columns (0 = one line); a longer word gets
/// a line of its own.
std::vector<std::string> wrapped(std::string_view text, size_t width);
/// The value under `key` as `plain` has it, made visible; "" where there is none or it is null.
std::string shown(const Value& map, std::string_view key);

/// A word that was given, in single quotes; of a very long one its beginning.
std::string in_quotes(std::string_view word);

/// What must not reach a terminal (control and format characters, stray bytes) made visible as
/// \xNN.
std::string visible(std::string_view text);
/// A path as a person would type it here: relative where it lies below the present folder.
std::string shown_path(const std::filesystem::path& path);
/// A path as a word that a POSIX shell reads.
std::string shell_word(const std::filesystem::path& path);

}  // namespace leakprobe::cli
