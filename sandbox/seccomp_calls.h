#pragma once

#include <span>

// Which system calls programs need, by name. Names of other architectures are skipped.
namespace eval::sandbox {

// What a compiled program of C, C++, Rust or Go calls: files, memory, time, signals, threads,
// children, pipes and local sockets, and what asks about itself.
std::span<const char* const> calls_of_programs();

// Beyond that, what runtimes and interpreters call: scheduling of their own threads, memory policies,
// watching files.
std::span<const char* const> calls_of_runtimes();

// Beyond that, what package tools and the test suites of whole distributions call.
std::span<const char* const> calls_of_images();

// No honest program calls these in a box. Each has been part of an escape, reaches outside the
// namespaces of a box, or makes sense to administrators only. Named in the result of a Native run.
std::span<const char* const> calls_forbidden();

// Absent everywhere, as on a kernel without them: libraries fall back. clone3 hides its flags from a
// filter behind a pointer; System V and POSIX queues would outlive the run; io_uring goes around filters;
// secret memory is not charged like other memory.
std::span<const char* const> calls_absent();

// Refused without ending the program, everywhere: runtimes try them and go on.
std::span<const char* const> calls_refused();

// Likewise, in Native only.
std::span<const char* const> calls_refused_to_programs();

}  // namespace eval::sandbox
