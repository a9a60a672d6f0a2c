#include "plugin/elf.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "leakprobe/error.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "add this machine's ELF number"
#endif
constexpr unsigned char kByteOrder =
    std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

/// Reads structures out of a file that may claim anything about itself.
class Image {
 public:
  Image(const std::filesystem::path& path, std::span<const std::byte> bytes)
      : path_(path), bytes_(bytes) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(path_.string() + ": " + what);
  }

  uint64_t size() const { return bytes_.size(); }

  bool holds(uint64_t offset, uint64_t length) const {
    return offset <= size() && length <= size() - offset;
  }

  template <class T>
  T at(uint64_t offset) const {
    if (!holds(offset, sizeof(T))) fail_truncated();
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }

  [[noreturn]] void fail_truncated() const {
    fail("the file is truncated (" + counted(size(), "byte") + "); build or copy it again");
  }

  std::span<const std::byte> part(uint64_t offset, uint64_t length) const {
    if (!holds(offset, length)) fail_truncated();
    return bytes_.subspan(offset, length);
  }

 private:
  const std::filesystem::path& path_;
  std::span<const std::byte> bytes_;
};

Elf64_Ehdr read_header(const Image& image) {
  if (image.size() == 0) image.fail("the file is empty; build it again");
  if (image.size() < SELFMAG || std::memcmp(image.part(0, SELFMAG).data(), ELFMAG, SELFMAG) != 0) {
    image.fail("not a shared library (no ELF file); name the .so file that the build made");
  }
  const auto header = image.at<Elf64_Ehdr>(0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != kByteOrder ||
      header.e_machine != kMachine) {
    image.fail("a library for another machine (ELF machine " + std::to_string(header.e_machine) +
               ", here " + std::to_string(kMachine) + "); build it on this one");
  }
  if (header.e_type != ET_DYN) {
    image.fail("an ELF file but not a shared library; link it with -shared");
  }
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_shentsize != sizeof(Elf64_Shdr)) {
    image.fail("its ELF header is damaged (sizes of table entries); build it again");
  }
  return header;
}

/// What the loader maps must be there: touching a missing page is fatal.
std::vector<Extent> read_segments(const Image& image, const Elf64_Ehdr& header) {
  std::vector<Extent> segments;
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    // Not read beyond the file: at() checks, and the sum cannot wrap once the first entry is
    // inside.
    if (!image.holds(header.e_phoff, (i + 1) * sizeof(Elf64_Phdr))) image.fail_truncated();
    const auto segment = image.at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type != PT_LOAD) continue;
    if (!image.holds(segment.p_offset, segment.p_filesz)) image.fail_truncated();
    segments.push_back({segment.p_offset, segment.p_filesz});
  }
  return segments;
}

std::vector<Elf64_Shdr> read_sections(const Image& image, const Elf64_Ehdr& header) {
  const uint64_t count = header.e_shnum;
  if (count == 0) image.fail("its section table was stripped; build it again without sstrip");
  const auto bytes = image.part(header.e_shoff, count * sizeof(Elf64_Shdr));
  std::vector<Elf64_Shdr> sections(count);
  std::memcpy(sections.data(), bytes.data(), bytes.size());
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL &&
        !image.holds(section.sh_offset, section.sh_size)) {
      image.fail_truncated();
    }
  }
  return sections;
}

std::string_view name_at(const Image& image, const Elf64_Shdr& strings, uint64_t offset) {
  const auto bytes = image.part(strings.sh_offset, strings.sh_size);
  if (offset >= bytes.size()) image.fail("its symbol table is damaged; build it again");
  const auto* begin = reinterpret_cast<const char*>(bytes.data()) + offset;
  const void* end = std::memchr(begin, 0, bytes.size() - offset);
  if (!end) image.fail("its symbol table is damaged; build it again");
  return {begin, static_cast<size_t>(static_cast<const char*>(end) - begin)};
}

bool is_exported(const Elf64_Sym& symbol) {
  const unsigned binding = ELF64_ST_BIND(symbol.st_info);
  const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && (binding == STB_GLOBAL || binding == STB_WEAK) &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

ElfLibrary::ElfLibrary(const std::filesystem::path& path) : path_(path), file_(path) {
  const Image image(path_, file_.bytes());
  const Elf64_Ehdr header = read_header(image);
  segments_ = read_segments(image, header);
  sections_ = read_sections(image, header);
  names_section_ = header.e_shstrndx;
}

std::optional<Extent> ElfLibrary::section(std::string_view name) const {
  const Image image(path_, file_.bytes());
  if (names_section_ >= sections_.size() || sections_[names_section_].sh_type != SHT_STRTAB) {
    return std::nullopt;
  }
  for (const Elf64_Shdr& section : sections_) {
    if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS) continue;
    if (name_at(image, sections_[names_section_], section.sh_name) == name) {
      return Extent{section.sh_offset, section.sh_size};
    }
  }
  return std::nullopt;
}

std::vector<std::string> ElfLibrary::exported_names(std::string_view prefix) const {
  const Image image(path_, file_.bytes());
  std::vector<std::string> names;
  for (const Elf64_Shdr& section : sections_) {
    if (section.sh_type != SHT_DYNSYM) continue;
    if (section.sh_link >= sections_.size() || section.sh_entsize != sizeof(Elf64_Sym)) {
      image.fail("its symbol table is damaged; build it again");
    }
    const Elf64_Shdr& strings = sections_[section.sh_link];
    if (strings.sh_type != SHT_STRTAB) image.fail("its symbol table is damaged; build it again");
    for (uint64_t i = 0; i < section.sh_size / sizeof(Elf64_Sym); ++i) {
      const auto symbol = image.at<Elf64_Sym>(section.sh_offset + i * sizeof(Elf64_Sym));
      if (!is_exported(symbol)) continue;
      const std::string_view name = name_at(image, strings, symbol.st_name);
      if (name.starts_with(prefix)) names.emplace_back(name);
    }
    // A library has one; reading all that a file claims to have could take for ever.
    break;
  }
  return names;
}

}  // namespace leakprobe
