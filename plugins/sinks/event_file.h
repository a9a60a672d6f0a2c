#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The format of TensorBoard's event files: each event a message tensorflow.Event in the wire
/// format of Protocol Buffers, each message framed as a TFRecord.
namespace leakprobe {

/// Length, its checksum, the data, their checksum; little-endian. A checksum is CRC-32C, rotated by
/// 15 bits and shifted by a constant (tensorflow/core/lib/io/record_writer.h, lib/hash/crc32c.h).
std::string framed_record(std::string_view data);

/// The first event of a file, which says how the others are to be read.
std::string file_version_event(double wall_time);

/// An event with some numbers of one step; `wall_time` in seconds since 1970.
std::string scalars_event(double wall_time, int64_t step,
                          const std::vector<std::pair<std::string, double>>& scalars);

}  // namespace leakprobe
