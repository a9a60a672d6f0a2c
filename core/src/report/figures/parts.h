#pragma once

#include <string>
#include <vector>

#include "format/json.h"

/// Pieces of Vega-Lite that figures share. Styles ("chance", "boundary", ...) are those of
/// theme.json.
namespace leakprobe {

/// To six decimals: the CSV's numbers are for charts and people; report.json and metrics.jsonl keep
/// every digit.
double rounded(double number);

/// A specification with title, what its numbers are below it, and data: `csv` with a line of
/// headings, and the types of its columns that are no text.
OrderedJson new_spec(const std::string& title, const std::string& subtitle, const std::string& csv,
                     const OrderedJson& types);

/// A position channel. `scale` is an object, {} for the default.
OrderedJson quantitative(const std::string& field, const std::string& title, OrderedJson scale);
/// A position channel of steps, which have no fractions.
OrderedJson step_axis(const std::string& field, const std::string& title, OrderedJson scale);
/// The scale of `values`: where all are one, with room around it, since Vega would else draw an
/// axis of one wrong label; otherwise `scale`.
OrderedJson scale_around(const std::vector<double>& values, OrderedJson scale);
/// A nominal channel of a tooltip or detail.
OrderedJson field(const std::string& name, const std::string& title = "");
OrderedJson fields(const std::vector<std::string>& names);
/// A number in a tooltip.
OrderedJson number(const std::string& name, const std::string& format = "",
                   const std::string& title = "");
/// The transform that writes an increase, a share of 1, as tables do: "+14.2 %", from 1000 % on the
/// factor, "×12", and from a million on its power of ten; "–" where there is none.
OrderedJson increase_words(const std::string& field, const std::string& as);
/// The colour of a column: each name in it always has the colour of its place in `names`.
OrderedJson series_color(const std::vector<std::string>& names, const std::string& column = "set");
/// The symbols that go with these colours: one for as long as no colour comes again.
OrderedJson series_shape(const std::vector<std::string>& names, const std::string& column);
/// The parameter "sets": those that are shown. A click on the legend hides one or shows it again.
OrderedJson set_choice(const std::vector<std::string>& sets, const std::string& column = "set");
/// A parameter: a panel can be moved and zoomed, along x too or only along y.
OrderedJson zoom(const std::string& name, bool along_x = true);
/// Keeps the rows of the sets that are shown.
OrderedJson of_shown_sets();
/// A layer: a line at 0, which is chance where it is a leak.
OrderedJson chance_line();
/// A text in an expression of Vega's.
std::string literal(const std::string& text);

}  // namespace leakprobe
