#include "step/reference.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

int64_t scored_tokens(const Row& row) {
  return std::count(row.scored.begin(), row.scored.end(), uint8_t{1});
}

[[noreturn]] void fail_damaged(const std::string& remedy = "") {
  throw Error("the saved state's reference values are damaged" + remedy);
}

}  // namespace

RowKey key_of(const Row& row, double temperature) {
  const XXH128_hash_t tokens = XXH3_128bits(row.tokens.data(), row.tokens.size() * sizeof(int64_t));
  const XXH128_hash_t all =
      XXH3_128bits_withSeed(row.scored.data(), row.scored.size(), tokens.low64);
  const RowKey key{all.low64, all.high64 ^ tokens.high64};
  if (temperature == 1) return key;  // as saved states have it
  const XXH128_hash_t own = XXH3_128bits_withSeed(&temperature, sizeof temperature, key.low);
  return {own.low64, own.high64 ^ key.high};
}

torch::Tensor Reference::log_probs(const std::vector<const Row*>& rows,
                                   const std::vector<bool>& repeated, double temperature) {
  // Rows that must be computed now, each once even where it stands several times in the batch.
  std::vector<const Row*> missing;
  std::vector<bool> keep;
  std::vector<RowKey> keys;
  std::unordered_map<RowKey, size_t, Hash> fresh;
  keys.reserve(rows.size());
  for (size_t r = 0; r < rows.size(); ++r) {
    keys.push_back(key_of(*rows[r], temperature));
    if (kept_.contains(keys.back())) continue;
    const auto [place, added] = fresh.emplace(keys.back(), missing.size());
    if (added) {
      missing.push_back(rows[r]);
      keep.push_back(repeated[r]);
    } else {
      keep[place->second] = keep[place->second] || repeated[r];
    }
  }
  std::vector<Kept> computed;
  torch::Tensor values;
  if (!missing.empty()) {
    values = score_(missing, temperature).to(torch::kCPU, torch::kFloat32).contiguous();
    const float* data = values.const_data_ptr<float>();
    size_t first = 0;
    for (size_t m = 0; m < missing.size(); ++m) {
      const auto count = static_cast<size_t>(scored_tokens(*missing[m]));
      computed.push_back({first, count});
      if (keep[m]) {
        kept_.emplace(key_of(*missing[m], temperature), Kept{values_.size(), count});
        values_.insert(values_.end(), data + first, data + first + count);
      }
      first += count;
    }
  }
  int64_t total = 0;
  for (const Row* row : rows) total += scored_tokens(*row);
  torch::Tensor out = torch::empty({total}, torch::kFloat32);
  float* to = out.mutable_data_ptr<float>();
  for (size_t r = 0; r < rows.size(); ++r) {
    const RowKey& key = keys[r];
    const auto kept = kept_.find(key);
    if (kept != kept_.end()) {
      // A state that was tampered with may say otherwise.
      if (kept->second.count != static_cast<size_t>(scored_tokens(*rows[r]))) {
        fail_damaged("; start again with --fresh");
      }
      to = std::copy_n(values_.data() + kept->second.first, kept->second.count, to);
    } else {
      const Kept& place = computed[fresh.at(key)];
      to = std::copy_n(values.const_data_ptr<float>() + place.first, place.count, to);
    }
  }
  return out;
}

std::pair<torch::Tensor, torch::Tensor> Reference::state() const {
  torch::Tensor keys = torch::empty({static_cast<int64_t>(kept_.size()), 4}, torch::kInt64);
  int64_t* to = keys.mutable_data_ptr<int64_t>();
  // In the order of their values, so that equal states are equal files.
  std::vector<std::pair<RowKey, Kept>> sorted(kept_.begin(), kept_.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.first < b.second.first; });
  for (const auto& [key, kept] : sorted) {
    *to++ = static_cast<int64_t>(key.low);
    *to++ = static_cast<int64_t>(key.high);
    *to++ = static_cast<int64_t>(kept.first);
    *to++ = static_cast<int64_t>(kept.count);
  }
  torch::Tensor values = torch::empty({static_cast<int64_t>(values_.size())}, torch::kFloat32);
  std::copy(values_.begin(), values_.end(), values.mutable_data_ptr<float>());
  return {keys, values};
}

void Reference::restore(const torch::Tensor& keys, const torch::Tensor& values) {
  if (keys.dim() != 2 || keys.size(1) != 4 || keys.scalar_type() != torch::kInt64 ||
      values.dim() != 1 || values.scalar_type() != torch::kFloat32) {
    fail_damaged();
  }
  kept_.clear();
  const float* data = values.const_data_ptr<float>();
  values_.assign(data, data + values.numel());
  const int64_t* from = keys.const_data_ptr<int64_t>();
  for (int64_t r = 0; r < keys.size(0); ++r, from += 4) {
    const int64_t first = from[2], count = from[3];
    if (first < 0 || count < 0 || first > values.numel() || count > values.numel() - first) {
      fail_damaged();
    }
    kept_.emplace(RowKey{static_cast<uint64_t>(from[0]), static_cast<uint64_t>(from[1])},
                  Kept{static_cast<size_t>(first), static_cast<size_t>(count)});
  }
}

}  // namespace leakprobe
