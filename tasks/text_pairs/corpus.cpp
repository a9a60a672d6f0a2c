#include "corpus.h"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>

#include "../findings.h"
#include "leakprobe/error.h"
#include "scan.h"

namespace leakprobe::text_pairs {
namespace {

const char* name_of(Column column) {
  return column == Column::chosen ? "chosen" : column == Column::rejected ? "rejected" : "";
}

/// Whether no run can do right by a row in both roles. What roles mean behind some prefixes, or
/// from a phase on, is for those to judge who know which phases train on the rows.
bool contradict(const Role& a, const Role& b) {
  const auto is = [](const Role& role, Role::Kind kind) { return role.kind == kind; };
  const auto always = [&](const Role& role) {
    return is(role, Role::Kind::never_positive) && role.prefixes.empty() && role.from.empty();
  };
  if (is(a, Role::Kind::control) != is(b, Role::Kind::control)) return true;
  return (always(a) && is(b, Role::Kind::ordinary)) || (always(b) && is(a, Role::Kind::ordinary));
}

}  // namespace

Corpus::Corpus(const Reading& reading) : reading_(reading), file_(reading.path) {
  Scan(*this).run();
}

Record Corpus::record(uint32_t number) const {
  const Entry& entry = entries_[number];
  return format_->parse(file_.read(entry.offset, entry.length));
}

Answer Corpus::answer(const Record& record, Column column) const {
  std::string looked_for_already;
  return take_apart(*record[column], reading_.marks, looked_for_already);
}

std::string Corpus::secret(const Occurrence& at) const {
  const Record record = this->record(at.record);
  return std::string(answer(record, at.column).secret);
}

void Corpus::find_conflicts(const TaskFacts& facts, texts::Findings& findings) const {
  const auto rows_of = [&](const Occurrence& at) {
    return RowsOf{sets_[at.set].name, name_of(at.column), ""};
  };
  const auto role_of = [&](const Occurrence& at) -> const Role& {
    return facts.role_of(rows_of(at));
  };
  // In the order of the file, whatever that of the hashes is.
  std::vector<std::pair<Occurrence, Occurrence>> conflicts;
  for (auto begin = shared_.begin(); begin != shared_.end();) {
    const auto end = std::find_if(begin, shared_.end(),
                                  [&](const Occurrence& at) { return at.hash != begin->hash; });
    for (auto at = begin; at != end; ++at) {
      for (auto before = begin; before != at; ++before) {
        if (!contradict(role_of(*at), role_of(*before)) || secret(*at) != secret(*before)) continue;
        const bool is_later = at->record >= before->record;
        conflicts.emplace_back(is_later ? *at : *before, is_later ? *before : *at);
      }
    }
    begin = end;
  }
  std::ranges::sort(conflicts, {}, [](const auto& conflict) {
    const auto& [here, there] = conflict;
    return std::tuple(here.record, here.column, there.record, there.column);
  });
  const auto told = [&](const Occurrence& at) {
    return "'" + rows_of(at).name() + "' (" + word_of(role_of(at).kind) + ")";
  };
  // A refusal, say, that many prompts have for their chosen text: protected with its set, though
  // only what is rejected was to be.
  const auto too_wide = [&](const Occurrence& at) {
    return at.column == Column::chosen && role_of(at).kind == Role::Kind::never_positive &&
           !facts.at(sets_[at.set].name).find("chosen")->role;
  };
  const auto hint = [&](const Occurrence& here, const Occurrence& there) {
    std::string text = "take it out of one of the two, or give both the same role";
    for (const Occurrence& at : {here, there}) {
      if (!too_wide(at)) continue;
      const std::string& set = sets_[at.set].name;
      return "if only '" + set + ".rejected' is to be protected, give " + set +
             ".rejected the role in place of " + set + "; or " + text;
    }
    return text;
  };
  for (const auto& [here, there] : conflicts) {
    findings.add(line(here.record),
                 "the secret of " + told(here) + " is also that of " + told(there) + " in line " +
                     std::to_string(line(there.record)),
                 hint(here, there));
  }
}

std::shared_ptr<const Corpus> corpus_of(const Reading& reading) {
  static std::mutex mutex;
  static std::pair<Reading, std::shared_ptr<const Corpus>> kept;
  const std::lock_guard lock(mutex);
  const bool known = kept.second && kept.first == reading &&
                     DataFile(reading.path).stamp() == kept.second->file().stamp();
  if (!known) kept = {reading, std::make_shared<const Corpus>(reading)};
  return kept.second;
}

}  // namespace leakprobe::text_pairs
