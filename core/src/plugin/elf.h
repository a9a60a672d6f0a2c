#pragma once

#include <elf.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/files.h"

namespace leakprobe {

/// The bytes [begin, begin + size) of a file.
struct Extent {
  uint64_t begin = 0;
  uint64_t size = 0;
};

/// The file of a shared library, read without loading it: loading runs code and, with a truncated
/// file, kills the process.
class ElfLibrary {
 public:
  /// Throws Error, as "<path>: <what is wrong>", where the file cannot be read, is not a complete
  /// ELF library for this machine, or lies about its own layout.
  explicit ElfLibrary(const std::filesystem::path& path);

  std::span<const std::byte> bytes() const { return file_.bytes(); }
  /// What the loader maps, in the order of the program headers.
  const std::vector<Extent>& segments() const { return segments_; }
  /// The content of the first section with this name.
  std::optional<Extent> section(std::string_view name) const;
  /// The names that the library defines and shows to others and that begin with `prefix`. Throws
  /// Error as above.
  std::vector<std::string> exported_names(std::string_view prefix) const;

 private:
  std::filesystem::path path_;
  MappedFile file_;
  std::vector<Extent> segments_;
  std::vector<Elf64_Shdr> sections_;
  size_t names_section_ = 0;
};

}  // namespace leakprobe
