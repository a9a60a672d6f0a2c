#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace leakprobe::text_pairs {

/// What stands around a secret in an answer: two texts, none of them empty.
using Marks = std::array<std::string, 2>;

/// An answer taken apart at its marks, which are left out; without marks all of it is the secret.
struct Answer {
  std::string_view before, secret, after;
};

/// `fault` is set, to what completes "the answer ...", where marks are not one pair around a
/// secret.
Answer take_apart(std::string_view text, const std::optional<Marks>& marks, std::string& fault);

}  // namespace leakprobe::text_pairs
