"""Validates documents by a JSON Schema, as draft 7 and as draft 2020-12 read it.

Standard input: {"schema": ..., "documents": {name: document}, "parts": {pointer: {name: document}}}, where a
pointer such as "#/then" is the part of the schema by which its documents are judged. Standard output: {name:
null, or what is wrong with it first}, with the name "" for the schema itself. Status 77: there is no validator
here.
"""

import json
import sys

try:
    from jsonschema import Draft7Validator, Draft202012Validator
    from jsonschema.exceptions import SchemaError, best_match
except ImportError:
    sys.exit(77)


def first_error(validators, document):
    errors = [best_match(validator.iter_errors(document)) for validator in validators]
    if len({error is None for error in errors}) > 1:
        return "the drafts do not agree: " + " | ".join("valid" if e is None else e.message for e in errors)
    return None if errors[0] is None else f"{errors[0].json_path}: {errors[0].message[:300]}"


def main():
    given = json.load(sys.stdin)
    found = {"": None}
    validators = []
    for draft in Draft7Validator, Draft202012Validator:
        try:
            draft.check_schema(given["schema"])
        except SchemaError as error:
            found[""] = error.message
        validators.append(draft(given["schema"]))
    for name, document in given["documents"].items():
        found[name] = first_error(validators, document)
    for pointer, documents in given["parts"].items():
        # Nothing but what the pointer leads to decides: both drafts leave "then" alone without an "if".
        part = {"$ref": pointer, "then": given["schema"]["then"], "$defs": given["schema"]["$defs"]}
        of_part = [type(validator)(part) for validator in validators]
        for name, document in documents.items():
            found[name] = first_error(of_part, document)
    json.dump(found, sys.stdout)


main()
