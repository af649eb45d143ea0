#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"

// Small files of the kernel: /proc and cgroups, where a size is unknown before reading.
namespace eval::sandbox {

// At most 64 KiB; nullopt if it cannot be opened or read.
std::optional<std::string> read_small_file(const fs::path& path);
std::optional<std::uint64_t> read_number_file(const fs::path& path);

// The number after `key` and white space at the start of a line, as in memory.stat or cpu.stat.
std::optional<std::uint64_t> find_keyed_number(std::string_view text, std::string_view key);

// Field 22 of /proc/<pid>/stat, in clock ticks since boot; 0 if there is no such process.
std::uint64_t process_start_time(int pid);

// The inode of this process's pid namespace.
std::uint64_t pid_namespace_id();

}  // namespace eval::sandbox
