#pragma once

#include <string>

#include "format/json.h"

namespace leakprobe {

/// One picture of a report.
struct Figure {
  std::string name;     ///< of its files: lower case letters, digits, '-' and '_'
  std::string title;    ///< plain text
  std::string caption;  ///< what is drawn and how to read it, in sentences
  /// The numbers behind it, with a line of headings; also the data of `spec`.
  std::string csv;
  /// Vega-Lite 6. Without `config`: colours and fonts belong to where it is shown (theme.json).
  OrderedJson spec;
};

}  // namespace leakprobe
