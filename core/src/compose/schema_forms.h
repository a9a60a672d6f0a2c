#pragma once

#include <string>
#include <vector>

#include "leakprobe/value.h"

/// The two forms in which a mapping may stand in a file. Where nothing is taken over it is whole:
/// what is required is there. Below an `extends`, and in a sweep's cases, it is a part: anything
/// may be left out, since it is merged into something that has it. Both refuse unknown keys, and
/// take null for what need not be there.
///
/// Only what JSON Schema of draft 7 and of 2020-12 mean alike is written: nothing that decides
/// stands beside a $ref.
namespace leakprobe {

inline constexpr const char* kPartSuffix = "_part";

/// {"$ref": "#/$defs/<name>"}
Value reference_to(const std::string& name);

/// `schema`, or null.
Value or_null(Value schema);

/// What is declared as `schema`, whole unless it says `extends`. Resolver stay: each names a
/// definition that has a part of the same name and kPartSuffix.
Value whole_form(const Value& schema);

/// A mapping declared as `schema` that says no `extends`.
Value strict_form(const Value& schema);

/// A part of what is declared as `schema`.
Value part_form(const Value& schema);

/// Lets at most one of `keys` have a value in a mapping declared as `schema`: null and an empty
/// text are none.
void exclude_each_other(Value& schema, const std::vector<std::string>& keys);

/// Holds the names of a mapping declared as `schema` to the rule for names.
void hold_names_to_rule(Value& schema);

/// The definitions that the forms refer to.
void add_form_definitions(Value& definitions);

}  // namespace leakprobe
