#include "config/yaml_syntax.h"

#include <yaml-cpp/exceptions.h>

#include "text/quote.h"

namespace leakprobe {
namespace {

struct Explanation {
  const char* library_message;
  const char* message;
  const char* hint;
};

constexpr Explanation kExplanations[] = {
    {YAML::ErrorMsg::END_OF_MAP, "a line that does not belong to the mapping around it",
     "give all keys of one mapping the same indentation, and write 'key: value'"},
    {YAML::ErrorMsg::END_OF_SEQ, "a line that does not belong to the list around it",
     "give all '- ' of one list the same indentation"},
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "a '{' is not closed",
     "write '}' at its end, and commas between its entries"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a '[' is not closed",
     "write ']' at its end, and commas between its elements"},
    {YAML::ErrorMsg::FLOW_END, "a ']' or '}' that closes nothing", "remove it"},
    {YAML::ErrorMsg::TAB_IN_INDENTATION, "a tab in the indentation", "indent with spaces"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a quotation mark is not closed", "write it at the text's end"},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "'---' or '...' inside a quoted text",
     "close the quotation mark before it"},
    {YAML::ErrorMsg::CHAR_IN_SCALAR, "a character that cannot stand in unquoted text",
     "put the text in quotes"},
    {YAML::ErrorMsg::SINGLE_QUOTED_CHAR, "a character that cannot stand in a quoted text",
     "remove it"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "a character that can begin no value",
     "put the text in quotes if it is meant"},
    {YAML::ErrorMsg::BLOCK_ENTRY, "a '- ' where no list can begin",
     "begin the list on a line of its own"},
    {YAML::ErrorMsg::MAP_KEY, "a '?' where no mapping can begin", "put text with a '?' in quotes"},
    {YAML::ErrorMsg::MAP_VALUE, "a ':' where no mapping can begin",
     "check the indentation, and put text with ': ' in quotes"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "an alias ('*') of which there is no anchor ('&')",
     "define the anchor before it, or put text that begins with '*' in quotes"},
    {YAML::ErrorMsg::INVALID_HEX, "an escape sequence with characters that are not hexadecimal",
     "write '\\\\' for a backslash"},
    {YAML::ErrorMsg::AMBIGUOUS_ANCHOR, "an anchor ('&') that is defined already", "rename it"},
    {YAML::ErrorMsg::ALIAS_NOT_FOUND, "a '*' without a name", "put text with a '*' in quotes"},
    {YAML::ErrorMsg::ANCHOR_NOT_FOUND, "a '&' without a name", "put text with a '&' in quotes"},
};

}  // namespace

SyntaxProblem explain_yaml_error(const std::string& library_message) {
  for (const Explanation& explanation : kExplanations) {
    if (library_message == explanation.library_message) {
      return {explanation.message, explanation.hint};
    }
  }
  if (library_message.starts_with(YAML::ErrorMsg::INVALID_ESCAPE) ||
      library_message.starts_with(YAML::ErrorMsg::INVALID_UNICODE)) {
    return {"an escape sequence that YAML does not know",
            "write '\\\\' for a backslash, or use single quotes"};
  }
  return {"this is no YAML: " + printable(library_message), ""};
}

}  // namespace leakprobe
