#include "run/inheritance.h"

#include <algorithm>
#include <optional>

#include "compose/lineage.h"
#include "compose/settings.h"
#include "format/files.h"
#include "instances/load_model.h"
#include "leakprobe/error.h"
#include "records/manifest.h"
#include "run/ancestor.h"
#include "run/weight_store.h"

namespace leakprobe {
namespace {

/// Whether some phase starts from it, so that it is compared there.
bool is_start(const Composition& composition, const WeightsRef& origin) {
  return std::ranges::any_of(composition.phases,
                             [&](const ComposedPhase& phase) { return phase.from == origin; });
}

/// Whether some phase learns by it.
bool is_read(const Composition& composition, const WeightsRef& origin) {
  return std::ranges::any_of(composition.phases, [&](const ComposedPhase& phase) {
    return std::ranges::any_of(phase.terms, [&](const ComposedTerm& term) {
      return std::ranges::any_of(weights_read_by(phase, term),
                                 [&](const ReadWeights& read) { return read.origin == origin; });
    });
  });
}

/// The phase of another run whose checkpoint model.path is, where some phase starts from it or
/// learns by it.
std::optional<WeightsRef> checkpoint_of_model(const Composition& composition) {
  const WeightsRef initial{kInitial, ""};
  const bool is_used = is_start(composition, initial) || is_read(composition, initial);
  if (!is_used || composition.model.resolved.empty()) return {};
  return checkpoint_at(composition.model.resolved);
}

/// Rows can be compared where token ids stand for the same.
Ancestor::Comparison compare_model(const WeightsRef& origin, const Composition& composition,
                                   const WatchedRows& watched, const Registry& registry) {
  Ancestor ancestor(origin, registry);
  ancestor.require_tokens_of(load_tokenizer_of(composition, registry).get());
  return ancestor.compare(watched);
}

std::string about_model(const WeightsRef& origin) {
  return "model.path is the checkpoint of phase '" + origin.phase + "' of " + origin.run +
         ", whose training steps are not counted here";
}

/// Of weights that are not inherited all that is known against them, and why nothing is.
template <class Compare>
std::vector<std::string> all_said(const std::string& origin, const Compare& compare) {
  std::vector<std::string> said;
  try {
    const Ancestor::Comparison comparison = compare();
    for (const auto& found : {comparison.shared, comparison.control}) {
      said.insert(said.end(), found.begin(), found.end());
    }
    said.insert(said.end(), comparison.uncompared.begin(), comparison.uncompared.end());
  } catch (const Error& unknown) {
    said.push_back("nobody knows what they were trained on: " + std::string(unknown.what()));
  }
  for (std::string& sentence : said) sentence = origin + ": " + sentence;
  return said;
}

std::vector<std::string> notes_on_teacher(const ReadWeights& read, const ComposedPhase& phase,
                                          const WatchedRows& watched, const Registry& registry) {
  return all_said("phase '" + phase.name + "' learns by weights of another run (" + read.path + ")",
                  [&] { return Ancestor(read.origin, registry).compare(watched); });
}

class InheritanceCheck {
 public:
  InheritanceCheck(const Composition& composition, const WatchedRows& watched,
                   const Registry& registry, Diagnostics& diagnostics)
      : composition_(composition),
        registry_(registry),
        watched_(watched),
        diagnostics_(diagnostics) {}

  void check_start(const ComposedPhase& phase) {
    check(phase.from.place, child_path(phase.path, "from"),
          [&] { return Ancestor(phase.from, registry_).compare(watched_); });
  }

  void check_teacher(const ReadWeights& read, const ComposedPhase& phase) {
    for (const std::string& note : notes_on_teacher(read, phase, watched_, registry_)) {
      diagnostics_.warning(read.origin.place, read.path, note,
                           "take weights that never saw it; the proof will say so");
    }
  }

  void check_model(const WeightsRef& origin) {
    const Value* path = composition_.resolved.at("model").find("path");
    const Place place = path != nullptr ? path->place : Place{};
    if (!is_start(composition_, {kInitial, ""})) {
      for (const std::string& note : notes_on_model(composition_, watched_, registry_)) {
        diagnostics_.warning(place, "model.path", note,
                             "take weights that never saw it; the proof will say so");
      }
      return;
    }
    diagnostics_.warning(place, "model.path", about_model(origin),
                         "take them over with 'from: {run: " + origin.run +
                             ", phase: " + origin.phase + "}' of the first phase");
    check(place, "model.path",
          [&] { return compare_model(origin, composition_, watched_, registry_); });
  }

 private:
  template <class Compare>
  void check(const Place& place, const std::string& path, const Compare& compare) {
    try {
      const Ancestor::Comparison comparison = compare();
      for (const std::string& shared : comparison.shared) {
        diagnostics_.error(place, path, shared,
                           "start from weights that never saw it, or change the set's role");
      }
      for (const std::string& shared : comparison.control) {
        diagnostics_.error(place, path, shared,
                           "start from weights that never saw it, or take the row out of one of "
                           "the two sets");
      }
      for (const std::string& note : comparison.uncompared) {
        diagnostics_.warning(place, path, note, "make sure that it does not matter here");
      }
    } catch (const Error& unknown) {
      diagnostics_.error(place, path, unknown.what());
    }
  }

  const Composition& composition_;
  const Registry& registry_;
  const WatchedRows& watched_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check_inherited(const Composition& composition, const WatchedRows& watched,
                     const std::vector<WeightsRef>& origins, const Registry& registry,
                     Diagnostics& diagnostics) {
  const std::optional<WeightsRef> model = checkpoint_of_model(composition);
  if (origins.empty() && !model) return;
  InheritanceCheck inheritance(composition, watched, registry, diagnostics);
  const auto is_sound = [&](const WeightsRef& origin) {
    return !origin.run.empty() && std::ranges::find(origins, origin) != origins.end();
  };
  if (model) inheritance.check_model(*model);
  std::vector<WeightsRef> taught;  // what several terms name is said once
  for (const ComposedPhase& phase : composition.phases) {
    if (is_sound(phase.from)) inheritance.check_start(phase);
    for (const ComposedTerm& term : phase.terms) {
      for (const ReadWeights& read : weights_read_by(phase, term)) {
        if (!is_sound(read.origin) || is_start(composition, read.origin)) continue;
        if (std::ranges::find(taught, read.origin) != taught.end()) continue;
        taught.push_back(read.origin);
        inheritance.check_teacher(read, phase);
      }
    }
  }
}

std::vector<std::string> notes_on_teachers(const Composition& composition,
                                           const ComposedPhase& phase, const WatchedRows& watched,
                                           const Registry& registry) {
  std::vector<std::string> all;
  for (const ComposedTerm& term : phase.terms) {
    for (const ReadWeights& read : weights_read_by(phase, term)) {
      if (read.origin.run.empty() || is_start(composition, read.origin)) continue;
      for (std::string& note : notes_on_teacher(read, phase, watched, registry)) {
        all.push_back(std::move(note));
      }
    }
  }
  return all;
}

std::vector<std::string> notes_on_model(const Composition& composition, const WatchedRows& watched,
                                        const Registry& registry) {
  const std::optional<WeightsRef> origin = checkpoint_of_model(composition);
  if (!origin) return {};
  std::vector<std::string> notes = all_said(
      "model.path", [&] { return compare_model(*origin, composition, watched, registry); });
  notes.insert(notes.begin(), about_model(*origin));
  return notes;
}

}  // namespace leakprobe
