#include "plugin/seal.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace leakprobe {
namespace {

// As leakprobe/plugin.h lays it out, which cannot be included here: leakprobe-seal has no LibTorch.
constexpr std::string_view kSection = ".note.leakprobe";
constexpr uint64_t kNoteSize = 64;
constexpr uint64_t kContentAt = 24;

using Digest = std::array<std::byte, 16>;

/// The note's content.
struct Seal {
  uint64_t file_size = 0;
  Digest loaded{}, whole{};
  friend bool operator==(const Seal&, const Seal&) = default;
};
static_assert(sizeof(Seal) == kNoteSize - kContentAt);

/// XXH3 of bytes, and of parts of a file in which some bytes count as zeros.
class Hash {
 public:
  /// `blank` in the order of their places.
  Hash(std::span<const std::byte> bytes, std::vector<Extent> blank)
      : bytes_(bytes), blank_(std::move(blank)), state_(XXH3_createState(), XXH3_freeState) {
    XXH3_128bits_reset(state_.get());
  }

  void add(const Extent& part) {
    uint64_t at = part.begin;
    const uint64_t end = part.begin + part.size;
    for (const Extent& blank : blank_) {
      const uint64_t from = std::clamp(blank.begin, at, end);
      const uint64_t to = std::clamp(blank.begin + blank.size, from, end);
      add(bytes_.subspan(at, from - at));
      add(std::vector<std::byte>(to - from));
      at = to;
    }
    add(bytes_.subspan(at, end - at));
  }

  void add(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
  }

  Digest digest() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_.get()));
    Digest digest;
    std::memcpy(digest.data(), canonical.digest, sizeof(digest));
    return digest;
  }

 private:
  std::span<const std::byte> bytes_;
  std::vector<Extent> blank_;
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state_;
};

/// Of what is loaded. Stripping moves the section table, to which the ELF header points.
Digest hash_of_loaded(const ElfLibrary& library, const Extent& place, const Seal& seal) {
  Hash hash(library.bytes(), {{offsetof(Elf64_Ehdr, e_shoff), sizeof(Elf64_Ehdr::e_shoff)},
                              {offsetof(Elf64_Ehdr, e_shnum), sizeof(Elf64_Ehdr::e_shnum)},
                              {offsetof(Elf64_Ehdr, e_shstrndx), sizeof(Elf64_Ehdr::e_shstrndx)},
                              place});
  for (const Extent& segment : library.segments()) hash.add(segment);
  hash.add(std::as_bytes(std::span(&seal.file_size, 1)));
  return hash.digest();
}

/// Of all bytes, what else the seal says among them.
Digest hash_of_whole(const ElfLibrary& library, const Extent& place, const Seal& seal) {
  Hash hash(library.bytes(), {place});
  hash.add({0, library.bytes().size()});
  hash.add(std::as_bytes(std::span(&seal.file_size, 1)));
  hash.add(seal.loaded);
  return hash.digest();
}

}  // namespace

std::optional<Extent> seal_place(const ElfLibrary& library) {
  const std::optional<Extent> note = library.section(kSection);
  if (!note || note->size != kNoteSize) return std::nullopt;
  return Extent{note->begin + kContentAt, sizeof(Seal)};
}

std::vector<std::byte> make_seal(const ElfLibrary& library, const Extent& place) {
  Seal seal;
  seal.file_size = library.bytes().size();
  seal.loaded = hash_of_loaded(library, place, seal);
  seal.whole = hash_of_whole(library, place, seal);
  const auto bytes = std::as_bytes(std::span(&seal, 1));
  return {bytes.begin(), bytes.end()};
}

SealState seal_state(const ElfLibrary& library) {
  const std::optional<Extent> place = seal_place(library);
  if (!place) return SealState::missing;
  Seal seal;
  std::memcpy(&seal, library.bytes().data() + place->begin, sizeof(seal));
  if (seal == Seal()) return SealState::missing;
  const bool holds = seal.file_size == library.bytes().size()
                         ? seal.whole == hash_of_whole(library, *place, seal)
                         : seal.loaded == hash_of_loaded(library, *place, seal);
  return holds ? SealState::whole : SealState::broken;
}

}  // namespace leakprobe
