#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/sandbox.h"

// Moves bytes between the host and a box's work folder. The folder is only ever named by a
// descriptor, and what a program left in it is never trusted.
namespace eval::sandbox {

// Who owns what is copied in: nullopt leaves it to the caller's own user.
using Owner = std::optional<unsigned>;

// BadInput if `name` is absolute, has ".." or "." in it, or more than 3 levels.
Result<void> check_box_name(const std::string& name);

// The same for a name in Command::outputs, which may end in "/".
Result<void> check_output_name(const std::string& name);

// Size of what `source` holds. NotFound if there is no such file, BadInput if it is not a regular one.
Result<Bytes> source_size(const FileSource& source);

// Puts `file` into the empty work folder. No program may be running in the box.
Result<void> copy_in(int work_folder, const InputFile& file, Owner owner);

// Makes a FIFO that only the owner can open, under the same conditions.
Result<void> make_fifo(int work_folder, const std::string& name, Owner owner);

// The bytes of `source` as a sealed memory file, for standard input: seekable, and whatever the
// program does with the descriptor cannot reach the host's file.
Result<UniqueFd> sealed_copy(const FileSource& source);

// The bytes of `source` as a sealed memory file that can be executed by its descriptor. It belongs to
// this process's user and nobody can write to it, change its mode or its times.
Result<UniqueFd> sealed_program(const FileSource& source);

// The content of `name` if it is a regular file with one name and at most `limit` bytes, reached
// without following any link; else nullopt. All programs of the box must have ended.
std::optional<std::string> copy_out(int work_folder, const std::string& name, Bytes limit);

// copy_out for each of Command::outputs, by name; what is absent there is absent here. A name that
// ends in "/" stands for the files directly in that folder, at most 256 of them.
std::map<std::string, std::string> copy_outputs(int work_folder,
                                                const std::vector<std::string>& names, Bytes limit);

}  // namespace eval::sandbox
