#include "data/item_stream.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "data/fresh_names.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

RandomStream stream_of(const SetFacts& set, uint64_t seed) {
  if (set.is_control()) return {seed, "control"};
  return {seed, "set/" + set.name};
}

}  // namespace

ItemStream::ItemStream(const ComposedTerm& term, std::string label, const Task& task,
                       const TaskFacts& facts, uint64_t seed)
    : term_(term), label_(std::move(label)), task_(task), seed_(seed) {
  const Stream& stream = term.term.stream;
  for (const StreamColumn& column : stream.columns) {
    Layout layout;
    for (const Source& source : column.sources) {
      const SetFacts* set = facts.find(source.set);
      LEAKPROBE_CHECK(set, "a composed stream names an unknown set");
      Part part{&source, set, 0, 0, 0};
      if (set->size) {
        part.size = *set->size;
        if (source.items) {
          part.first = (*source.items)[0];
          part.size = (*source.items)[1] - part.first;
        }
        part.length = source.count ? *source.count : part.size * source.repeat.value_or(1);
      } else {
        part.length = source.count.value_or(0);
      }
      // Fresh rows are drawn independently: shuffling them would change nothing.
      shuffled_ = shuffled_ || (set->size && stream.order == Stream::Order::shuffled);
      layout.period += part.length;
      layout.parts.push_back(part);
    }
    layouts_.push_back(std::move(layout));
    fresh_.emplace_back(seed, fresh_name(stream, label_, column));
  }
  // Several parts without an end each would leave it open which of them an item belongs to.
  for (const Layout& layout : layouts_) {
    if (layout.parts.size() == 1) continue;
    for (const Part& part : layout.parts) {
      LEAKPROBE_CHECK(part.length > 0, "a list of sources holds fresh rows without count");
    }
  }
}

const std::vector<int64_t>& ItemStream::order(int64_t pass) {
  if (ordered_pass_ != pass) {
    std::string name = "order/" + label_;
    if (pass > 0) name += "/pass" + std::to_string(pass);
    order_ = RandomStream(seed_, name).permutation(term_.items);
    ordered_pass_ = pass;
  }
  return order_;
}

std::vector<int64_t> ItemStream::batch(int64_t step, int64_t most) {
  const int64_t pass = step / steps_per_pass();
  const int64_t begin = step % steps_per_pass() * term_.batch;
  const int64_t end = begin + std::min({term_.batch, term_.items - begin, most});
  std::vector<int64_t> items(static_cast<size_t>(end - begin));
  if (shuffled_) {
    const std::vector<int64_t>& order = this->order(pass);
    std::copy(order.begin() + begin, order.begin() + end, items.begin());
  } else {
    std::iota(items.begin(), items.end(), begin);
  }
  return items;
}

std::vector<DrawnColumn> ItemStream::draw(int64_t step, const std::vector<size_t>& columns) {
  const std::vector<int64_t> items = batch(step);
  std::vector<DrawnColumn> drawn(columns.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    for (const int64_t item : items) {
      drawn[c].rows.push_back(row(columns[c], item));
      drawn[c].origins.push_back(origin(columns[c], item));
    }
  }
  return drawn;
}

RowOrigin ItemStream::origin(size_t column, int64_t item) const {
  const Layout& layout = layouts_[column];
  const bool endless = layout.parts.size() == 1 && layout.period == 0;
  int64_t within = endless ? item : item % layout.period;
  const Part* part = &layout.parts.front();
  while (!endless && within >= part->length) {
    within -= part->length;
    ++part;
  }
  // Fresh rows are numbered by item, so that no two items of a stream share one.
  if (!part->set->size) return {part->source, part->set, item};
  return {part->source, part->set, part->first + within % part->size};
}

Row ItemStream::row(size_t column, int64_t item) const {
  const RowOrigin origin = this->origin(column, item);
  const auto index = static_cast<uint64_t>(origin.index);
  const Random random =
      origin.set->size ? stream_of(*origin.set, seed_).at(index) : fresh_[column].at(index);
  return task_.row({*origin.source, origin.index}, random);
}

Row set_row(const Task& task, const TaskFacts& facts, const RowsOf& rows, int64_t index,
            uint64_t seed) {
  const SetFacts* set = facts.find(rows.set);
  LEAKPROBE_CHECK(set, "the task has no set '" + rows.set + "'");
  return task.row({rows, index}, stream_of(*set, seed).at(static_cast<uint64_t>(index)));
}

}  // namespace leakprobe
