#include "leakprobe/phase.h"

namespace leakprobe {

void detail::TermKeys::declare(Schema<TermKeys>& schema) {
  schema.required("objective", &TermKeys::objective, kAny, "What is done with the term's rows.");
  schema.field("pairs", &TermKeys::pairs, kAny, "Pairs of a chosen and a rejected row.");
  schema.field("rows", &TermKeys::rows, kAny, "Rows, for an objective without pairs.");
  schema.field("reference", &TermKeys::reference, kAny,
               "The phase whose model the objective compares with; by default this phase's start.");
  schema.field("weight", &TermKeys::weight, kAny, "Factor of the term's loss in the sum.");
  schema.field("batch", &TermKeys::batch, between(int64_t{1}, int64_t{1} << 40),
               "Items a step; by default as many as the phase takes.", "items");
  schema.relation("pairs", "exactly one of pairs and rows must be given",
                  [](const TermKeys& o) { return o.pairs.has_value() != o.rows.has_value(); });
}

bool ParameterType<Term>::read(Term& out, const Value& value, const std::string& path,
                               Reader& reader) {
  detail::TermKeys keys;
  if (!ParameterType<detail::TermKeys>::read(keys, value, path, reader)) return false;
  out.objective = keys.objective;
  out.is_of_pairs = keys.pairs.has_value();
  out.stream = out.is_of_pairs ? *std::move(keys.pairs) : *std::move(keys.rows);
  out.reference = std::move(keys.reference);
  out.weight = keys.weight;
  out.batch = keys.batch;
  out.path = path;
  return true;
}

Value ParameterType<Term>::write(const Term& term) {
  detail::TermKeys keys;
  keys.objective = term.objective;
  (term.is_of_pairs ? keys.pairs : keys.rows) = term.stream;
  keys.reference = term.reference;
  keys.weight = term.weight;
  keys.batch = term.batch;
  return ParameterType<detail::TermKeys>::write(keys);
}

}  // namespace leakprobe
