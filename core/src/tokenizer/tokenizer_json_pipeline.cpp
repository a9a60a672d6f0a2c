#include "tokenizer/tokenizer_json_pipeline.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/quote.h"
#include "tokenizer/tokenizer_json_check.h"

namespace leakprobe {
namespace {

using Steps = std::vector<std::unique_ptr<const PreTokenizer>>;

// The elements of a Sequence, themselves taken apart; anything else is its own only element.
std::vector<JsonValue> flatten(const JsonValue& value, const std::string& list_name) {
  if (value.get_string("type") != "Sequence") return {value};
  require_members_among(value, {"type", list_name});
  const JsonValue list = value.at(list_name);
  if (!list.is_array()) list.fail_type("an array");
  std::vector<JsonValue> elements;
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (JsonValue& element : flatten(list[i], list_name)) elements.push_back(std::move(element));
  }
  return elements;
}

std::vector<JsonValue> steps_of(const JsonValue& tokenizer, const std::string& name,
                                const std::string& list_name) {
  const std::optional<JsonValue> value = tokenizer.find(name);
  return value ? flatten(*value, list_name) : std::vector<JsonValue>{};
}

[[noreturn]] void refuse_type(const JsonValue& value, const std::string& supported) {
  refuse(value, "the type " + quote(value.get_string("type")), supported);
}

SplitBehavior read_behavior(const JsonValue& split) {
  const std::string& name = split.get_string("behavior");
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  refuse(split.at("behavior"), quote(name),
         "Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous");
}

Regex read_pattern(const JsonValue& pattern) {
  require_members_among(pattern, {"String", "Regex"});
  if (pattern.has("String") == pattern.has("Regex")) {
    pattern.fail_damaged("expected either \"String\" or \"Regex\"");
  }
  if (pattern.has("String")) {
    const JsonValue text = pattern.at("String");
    return Regex::from_text(text.as_string(), text.place());
  }
  const JsonValue regex = pattern.at("Regex");
  return Regex::from_pattern(regex.as_string(), regex.place());
}

std::unique_ptr<const PreTokenizer> read_split(const JsonValue& split) {
  require_members_among(split, {"type", "pattern", "behavior", "invert"});
  return std::make_unique<SplitPreTokenizer>(read_pattern(split.at("pattern")),
                                             read_behavior(split),
                                             split.find_bool("invert").value_or(false));
}

std::unique_ptr<const PreTokenizer> read_digits(const JsonValue& digits) {
  require_members_among(digits, {"type", "individual_digits"});
  return std::make_unique<DigitsPreTokenizer>(
      digits.find_bool("individual_digits").value_or(false));
}

std::unique_ptr<const PreTokenizer> read_byte_level(const JsonValue& byte_level) {
  require_members_among(byte_level, {"type", "add_prefix_space", "trim_offsets", "use_regex"});
  return std::make_unique<ByteLevelPreTokenizer>(
      byte_level.find_bool("add_prefix_space").value_or(true),
      byte_level.find_bool("use_regex").value_or(true));
}

}  // namespace

bool read_normalizes_to_nfc(const JsonValue& tokenizer) {
  bool nfc = false;
  for (const JsonValue& step : steps_of(tokenizer, "normalizer", "normalizers")) {
    if (step.get_string("type") != "NFC") refuse_type(step, "NFC or no normalizer");
    require_members_among(step, {"type"});
    nfc = true;
  }
  return nfc;
}

std::unique_ptr<const PreTokenizer> read_pre_tokenizer(const JsonValue& tokenizer) {
  Steps steps;
  bool has_byte_level = false;
  for (const JsonValue& step : steps_of(tokenizer, "pre_tokenizer", "pretokenizers")) {
    const std::string& type = step.get_string("type");
    if (has_byte_level) refuse(step, quote(type) + " after ByteLevel", "ByteLevel as last step");
    if (type == "Split") {
      steps.push_back(read_split(step));
    } else if (type == "Digits") {
      steps.push_back(read_digits(step));
    } else if (type == "ByteLevel") {
      steps.push_back(read_byte_level(step));
      has_byte_level = true;
    } else {
      refuse_type(step, "Split, Digits and ByteLevel");
    }
  }
  if (!has_byte_level) {
    refuse(tokenizer, "a pre_tokenizer without ByteLevel", "byte-level BPE");
  }
  return std::make_unique<PreTokenizerSequence>(std::move(steps));
}

void require_byte_level_decoder(const JsonValue& tokenizer) {
  const std::vector<JsonValue> steps = steps_of(tokenizer, "decoder", "decoders");
  if (steps.size() != 1) refuse(tokenizer, "a decoder of other than one step", "ByteLevel");
  if (steps.front().get_string("type") != "ByteLevel") refuse_type(steps.front(), "ByteLevel");
}

void require_harmless_post_processor(const JsonValue& tokenizer) {
  for (const JsonValue& step : steps_of(tokenizer, "post_processor", "processors")) {
    const std::string& type = step.get_string("type");
    if (type != "ByteLevel" && type != "TemplateProcessing") {
      refuse_type(step, "ByteLevel or TemplateProcessing");
    }
  }
}

}  // namespace leakprobe
