#pragma once

#include <optional>

#include "plugin/elf.h"

/// The checksum that a plugin library carries of itself, so that a damaged one is found before the
/// loader reads it: a wrong number in its tables ends the process.
///
/// It lies in the library, in the note that LEAKPROBE_PLUGIN makes room for; leakprobe-seal writes
/// it after linking. There are two: of all bytes, and of those that are loaded. The second still
/// holds when the file was stripped since, which takes away what is never loaded and changes the
/// file's size, so that size decides which of them is checked.
namespace leakprobe {

/// Where the library's checksum is kept: the content of the note. Nothing where there is none.
std::optional<Extent> seal_place(const ElfLibrary& library);

/// The bytes for seal_place.
std::vector<std::byte> make_seal(const ElfLibrary& library, const Extent& place);

enum class SealState {
  whole,
  missing,  ///< no room for a checksum, or nothing written there
  broken,   ///< the library is not what was sealed
};
SealState seal_state(const ElfLibrary& library);

}  // namespace leakprobe
