#include "compose/claim.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compose/places.h"
#include "compose/sides.h"
#include "compose/source_reader.h"
#include "config/names.h"

namespace leakprobe {
namespace {

/// `{...}` of `minus:`, the keys in which the other side differs.
struct OtherKeys {
  std::optional<std::string> measure, prefix, phase;
  std::optional<Endpoint> at;
  std::optional<SetPart> set;

  bool is_empty() const { return !measure && !set && !prefix && !phase && !at; }

  static void declare(Schema<OtherKeys>& schema) {
    schema.field("measure", &OtherKeys::measure, not_empty(), "Another probe.");
    schema.field("set", &OtherKeys::set, kAny, "Another set, or a part of one.");
    schema.field("prefix", &OtherKeys::prefix, not_empty(), "Another prefix.");
    schema.field("phase", &OtherKeys::phase, not_empty(), "Another phase.");
    schema.field("at", &OtherKeys::at, kAny, "Another endpoint.");
  }
};

/// One thing that is taken off: a word, or the keys that differ.
struct Subtrahend {
  Minus::Kind word = Minus::Kind::control;
  std::optional<OtherKeys> other;

  Minus minus() const;  ///< without the rows, which the task has to know
};

/// `minus:`, one thing or a list of them.
struct MinusKeys {
  std::vector<Subtrahend> all = {Subtrahend()};
};

struct ClaimKeys {
  std::string name = "claim";
  std::optional<std::string> measure;
  SetPart set;
  std::string prefix;
  std::string phase;
  Endpoint at = Endpoint::end;
  MinusKeys minus;

  static void declare(Schema<ClaimKeys>& schema);
};

Minus Subtrahend::minus() const {
  Minus minus;
  minus.kind = other ? Minus::Kind::other : word;
  if (!other) return minus;
  minus.measure = other->measure;
  minus.prefix = other->prefix;
  minus.phase = other->phase;
  minus.at = other->at;
  return minus;
}

}  // namespace

template <>
struct ParameterType<Subtrahend> {
  static Value schema() {
    Value either = Value::list();
    either.push_back(ParameterType<Minus::Kind>::schema());
    either.push_back(ParameterType<OtherKeys>::schema());
    return detail::pair("anyOf", std::move(either));
  }
  static bool read(Subtrahend& out, const Value& value, const std::string& path, Reader& reader) {
    if (value.is_map()) {
      OtherKeys other;
      if (!ParameterType<OtherKeys>::read(other, value, path, reader)) return false;
      if (other.is_empty()) {
        reader.error(value, path, "names nothing in which the other side differs",
                     "write minus: {phase: ...} or another key of the claim");
        return false;
      }
      out.other = std::move(other);
      return true;
    }
    const Range<std::string> words = ParameterType<Minus::Kind>::range();
    if (!value.is_string() || !words.holds(value.as_string())) {
      return detail::out_of_range(
          value, path, words.phrase + " or a mapping of the keys that differ", words.words, reader);
    }
    out = {*value_of<Minus::Kind>(value.as_string()), std::nullopt};
    return true;
  }
  static Value write(const Subtrahend& minus) {
    return minus.other ? ParameterType<OtherKeys>::write(*minus.other) : Value(word_of(minus.word));
  }
};

template <>
struct ParameterType<MinusKeys> {
  static std::string name() { return "control, start, chance, nothing, mapping or list of them"; }
  static Value schema() {
    Value either = ParameterType<Subtrahend>::schema();
    Value list = Value::map();
    list.set("type", "array");
    list.set("minItems", 1);
    list.set("items", ParameterType<Subtrahend>::schema());
    either.at("anyOf").push_back(std::move(list));
    return either;
  }
  static bool read(MinusKeys& out, const Value& value, const std::string& path, Reader& reader) {
    if (!value.is_list()) {
      return ParameterType<Subtrahend>::read(out.all.front(), value, path, reader);
    }
    out.all.clear();
    std::vector<Minus> all;
    bool good = true;
    for (size_t i = 0; i < value.as_list().size(); ++i) {
      Subtrahend& each = out.all.emplace_back();
      good =
          ParameterType<Subtrahend>::read(each, value.as_list()[i], child_path(path, i), reader) &&
          good;
      Minus& minus = all.emplace_back(each.minus());
      if (each.other && each.other->set) minus.rows = Cell();
    }
    std::string fault = all.empty() ? "is empty" : fault_of(all);
    if (!good || fault.empty()) return good;
    reader.error(value, path, std::move(fault),
                 all.empty() ? "write minus: nothing"
                             : "each takes the difference so far with other keys, such as "
                               "[control, {phase: ...}]");
    return false;
  }
  static Value write(const MinusKeys& minus) {
    if (minus.all.size() == 1) return ParameterType<Subtrahend>::write(minus.all.front());
    Value list = Value::list();
    for (const Subtrahend& each : minus.all) list.push_back(ParameterType<Subtrahend>::write(each));
    return list;
  }
};

namespace {

void ClaimKeys::declare(Schema<ClaimKeys>& schema) {
  schema.field("name", &ClaimKeys::name, not_empty(), "What reports call it.");
  schema.field("measure", &ClaimKeys::measure, not_empty(),
               "Name or type of a probe; by default the default probe.");
  schema.required("set", &ClaimKeys::set, kAny,
                  "The set that is measured, or a part of it: {set: ..., items: [from, to]}.");
  schema.field("prefix", &ClaimKeys::prefix, kAny,
               "The prefix before its rows, or 'none'; by default the task's first.");
  schema.required("phase", &ClaimKeys::phase, not_empty(), "The phase in which it is measured.");
  schema.field("at", &ClaimKeys::at, kAny, "At which of the phase's evaluations.");
  schema.field(
      "minus", &ClaimKeys::minus, kAny,
      "What is taken off: the control set behind the same prefix, the value at the phase's "
      "start, the task's chance level, nothing, or the same measurement with other keys. Of a list "
      "each is taken off the difference that those before leave: a difference of differences.");
}

const Schema<ClaimKeys>& schema_of_claim() {
  static const Schema<ClaimKeys> schema;
  return schema;
}

/// Checks the keys of one side of the claim, which stand in `value`; `cell` gets what `set` means.
bool check_side(const std::optional<SetPart>& set, const std::optional<std::string>& prefix,
                const std::optional<std::string>& phase, const Value& value,
                const std::string& path, const MeasurementContext& context, Cell& cell) {
  Diagnostics& diagnostics = context.slots.diagnostics();
  const auto at = [&](const char* key) -> const Place& {
    const Value* given = value.find(key);
    return given != nullptr ? given->place : value.place;
  };
  bool good = true;
  if (set) {
    const std::vector<Cell> cells =
        cells_of(*set, context.task, child_path(path, "set"), diagnostics);
    if (cells.size() > 1) {
      diagnostics.error(at("set"), child_path(path, "set"),
                        "set " + Value(set->set).describe() + " has columns; measure one of them",
                        hint_to_name_column(context.task.at(set->set)));
    }
    good = cells.size() == 1;
    if (good) cell = cells.front();
  }
  if (prefix) {
    good = check_prefix(*prefix, context.task, at("prefix"), child_path(path, "prefix"),
                        diagnostics) &&
           good;
  }
  if (phase) {
    good = context.lineage.check_run(*phase, at("phase"), child_path(path, "phase"), diagnostics) &&
           good;
  }
  return good;
}

/// Checks what `claim`, at `path`, takes off; `all` gets it.
bool check_minus(const MinusKeys& keys, const Value& claim, const std::string& path,
                 const MeasurementContext& context, std::vector<Minus>& all) {
  bool good = true;
  const Value* value = claim.find("minus");
  for (size_t i = 0; i < keys.all.size(); ++i) {
    Minus& minus = all.emplace_back(keys.all[i].minus());
    if (!keys.all[i].other) continue;
    const OtherKeys& other = *keys.all[i].other;
    const std::string at = child_path(path, "minus");
    Cell rows;
    good = (value->is_list()
                ? check_side(other.set, other.prefix, other.phase, value->as_list()[i],
                             child_path(at, i), context, rows)
                : check_side(other.set, other.prefix, other.phase, *value, at, context, rows)) &&
           good;
    if (other.set) minus.rows = rows;
  }
  return good;
}

/// Where `side` is read, in such a form that what is read at the same place is equal.
Side in_one_form(Side side, const MeasurementContext& context) {
  const Measure measure = measure_of(side.measure);
  const ComposedProbe* probe = find_probe(std::as_const(context.probes), side.measure, side.phase);
  side.measure = (probe != nullptr ? probe->name : measure.probe) + "/" + measure.aggregate;
  const SetFacts* set = context.task.find(side.cell.set);
  const bool is_whole = side.cell.items && set != nullptr && set->size &&
                        *side.cell.items == std::array<int64_t, 2>{0, *set->size};
  if (is_whole) side.cell.items.reset();
  for (const ComposedPhase& phase : context.phases) {
    if (phase.name == side.phase && phase.steps == 0) side.at = Endpoint::end;
  }
  return side;
}

/// Reports where the difference that `claim` makes is that of something and itself: always 0.
bool check_sides(const Measurement& claim, const Value& value, const std::string& path,
                 const MeasurementContext& context) {
  std::vector<Side> before;
  for (const Side& each : sides_of(claim, claim.cells.front(), context.task)) {
    const Side side = in_one_form(each, context);
    const auto is_same = [&](const Side& other) {
      return other.measure == side.measure && other.phase == side.phase &&
             other.cell == side.cell && other.at == side.at;
    };
    if (std::any_of(before.begin(), before.end(), is_same)) {
      const Value* minus = value.find("minus");
      const std::string behind = side.cell.prefix == kNoPrefix
                                     ? ""
                                     : " behind prefix " + Value(side.cell.prefix).describe();
      context.slots.error(minus != nullptr ? *minus : value,
                          minus != nullptr ? child_path(path, "minus") : path,
                          "takes a measurement off itself, which is always 0: that of " +
                              Value(side.cell.name()).describe() + behind + " in phase " +
                              Value(side.phase).describe(),
                          "compare with another set, prefix, phase, endpoint or probe, or write "
                          "minus: nothing");
      return false;
    }
    before.push_back(side);
  }
  return true;
}

}  // namespace

std::optional<Measurement> compose_claim(const Value& value, const std::string& path,
                                         const MeasurementContext& context, Value& resolved) {
  ClaimKeys keys;
  if (!schema_of_claim().read_into(&keys, value, path, context.slots)) {
    // What is said of rows and phases is looked at all the same, so that nobody has to come twice.
    Cell ignored;
    check_side(keys.set.set.empty() ? std::nullopt : std::optional(keys.set),
               keys.prefix.empty() ? std::nullopt : std::optional(keys.prefix),
               keys.phase.empty() ? std::nullopt : std::optional(keys.phase), value, path, context,
               ignored);
    return std::nullopt;
  }
  if (keys.prefix.empty()) {
    keys.prefix = context.task.first_prefix();
  }
  if (!keys.measure) {
    const Registration* probe = context.slots.registry().default_of(Kind::probe);
    if (probe == nullptr) {
      context.slots.error(value, child_path(path, "measure"),
                          "missing, and no probe plugin is the default", "name a probe");
      return std::nullopt;
    }
    keys.measure = probe->name;
  }
  Cell cell;
  const Value* name = value.find("name");
  bool good = check_name(keys.name, name != nullptr ? name->place : value.place,
                         child_path(path, "name"), context.slots.diagnostics());
  good = check_side(keys.set, keys.prefix, keys.phase, value, path, context, cell) && good;
  std::vector<Minus> all;
  good = check_minus(keys.minus, value, path, context, all) && good;
  if (!good) return std::nullopt;
  Measurement claim;
  claim.name = keys.name;
  claim.measure = *keys.measure;
  cell.prefix = keys.prefix;
  claim.cells = {cell};
  claim.phase = keys.phase;
  claim.at = keys.at;
  claim.minus = all.front();
  claim.then.assign(all.begin() + 1, all.end());
  if (!provide_for(claim, {value, path}, context)) return std::nullopt;
  if (!check_sides(claim, value, path, context)) return std::nullopt;
  resolved = schema_of_claim().write(&keys);
  graft_places(resolved, value);
  return claim;
}

std::vector<Measurement> compose_claims(const Value& list, const MeasurementContext& context,
                                        Value& resolved) {
  const std::string path = "claims";
  resolved = Value::list();
  resolved.place = list.place;
  std::vector<Measurement> claims;
  if (!check_claims_list(list, context.slots)) return claims;
  for (size_t i = 0; i < list.as_list().size(); ++i) {
    const Value& value = list.as_list()[i];
    Value whole;
    std::optional<Measurement> claim = compose_claim(value, child_path(path, i), context, whole);
    if (!claim) continue;
    for (const Measurement& earlier : claims) {
      if (earlier.name != claim->name) continue;
      context.slots.error(value, child_path(child_path(path, i), "name"),
                          "another claim is called " + Value(claim->name).describe(),
                          "give each a 'name' of its own");
    }
    claims.push_back(*std::move(claim));
    resolved.push_back(std::move(whole));
  }
  return claims;
}

const Value* first_claim(const Value& experiment) {
  if (const Value* claim = experiment.find("claim")) return claim;
  const Value* claims = experiment.find("claims");
  if (claims == nullptr || !claims->is_list() || claims->as_list().empty()) return nullptr;
  return &claims->as_list().front();
}

bool check_claims_list(const Value& list, Reader& reader) {
  if (!list.is_list()) {
    return detail::wrong_type(list, "claims", "a list of claims", reader,
                              "write [{set: ..., phase: ...}], or one under 'claim'");
  }
  if (!list.as_list().empty()) return true;
  reader.error(list, "claims", "holds no claim", "leave the key away, or give at least one claim");
  return false;
}

void check_claim_form(const Value& value, const std::string& path, Reader& reader) {
  ClaimKeys keys;
  schema_of_claim().read_into(&keys, value, path, reader);
}

const Parameters& claim_parameters() { return schema_of_claim(); }

Value claim_schema() {
  Value schema = schema_of_claim().schema();
  detail::merge_schema(schema.at("properties").at("name"), name_schema());
  return schema;
}

}  // namespace leakprobe
