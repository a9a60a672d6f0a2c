#include "term_options.h"

namespace leakprobe {

void TermOptions::declare(Schema<TermOptions>& schema) {
  schema.required("objective", &TermOptions::objective, kAny, "What is done with the term's rows.");
  schema.field("pairs", &TermOptions::pairs, kAny, "Pairs of a chosen and a rejected row.");
  schema.field("rows", &TermOptions::rows, kAny, "Rows, for an objective without pairs.");
  schema.field("reference", &TermOptions::reference, kAny,
               "The phase whose model the objective compares with; by default this phase's start.");
  schema.field("weight", &TermOptions::weight, kAny, "Factor of the term's loss in the sum.");
  schema.field("batch", &TermOptions::batch, between(int64_t{1}, int64_t{1} << 40),
               "Items a step; by default as many as the phase takes.", "items");
  schema.relation("pairs", "exactly one of pairs and rows must be given",
                  [](const TermOptions& o) { return o.pairs.has_value() != o.rows.has_value(); });
}

Term TermOptions::term(const std::string& name) const {
  Term term;
  term.name = name;
  term.objective = objective;
  term.stream = pairs ? *pairs : *rows;
  term.reference = reference;
  term.weight = weight;
  term.batch = batch;
  return term;
}

}  // namespace leakprobe
