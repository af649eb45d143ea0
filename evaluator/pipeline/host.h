#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"

namespace eval::evaluator {

// Kernel, architecture and CPU of this machine, for the manifest: "Linux 6.1.0 x86_64, 2 x AMD EPYC".
std::string describe_host();

// MemTotal and MemAvailable of /proc/meminfo; the second is what a new program can have without
// swapping, page cache given up. Absent where there is no such file.
struct HostMemory {
  Bytes total;
  Bytes available;
};
std::optional<HostMemory> host_memory();

}  // namespace eval::evaluator
