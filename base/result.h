#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace eval {

// Why our own machinery could not do what was asked. What a submission did is never an Error.
enum class ErrorCode {
  Usage,           // the command line or configuration asks for something that does not exist
  BadInput,        // a package, recording, database or file is malformed
  NotFound,        // a named file, problem, run or program is not there
  Unsupported,     // well-formed, but this version does not do it; says so by name
  Io,              // a system call on a file failed; sys_errno says how
  Busy,            // another process holds what we need
  Network,         // an HTTP exchange failed after its retries
  Infrastructure,  // the sandbox, a compiler or the system could not do its part
  Cancelled,       // the caller asked to stop
  Internal,        // a third-party library broke its contract
};

// The stable lower-case name of `code`, as stored and printed: "bad_input", "io", ...
std::string_view error_code_name(ErrorCode code);

// The inverse of error_code_name; an unknown name is Internal.
ErrorCode error_code_from_name(std::string_view name);

// One expected failure, in the three parts a person needs: what happened, where, what to do.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string what;   // one sentence, subject first, values quoted, no full stop
  std::string where;  // file, line, problem; outermost context first, joined by ": "
  std::string help;   // what the reader can do; may be empty
  int sys_errno = 0;  // errno of the failed call, 0 if none
  // Further independent faults found in the same pass (a package with five faults has four here).
  std::vector<Error> also;

  // Adds one layer of context in front of `where`. Call once per layer on the way up.
  Error in(std::string_view context) &&;
  Error with_help(std::string_view advice) &&;

  friend bool operator==(const Error&, const Error&) = default;
};

// `what` followed by the text of `sys_errno`.
Error system_error(ErrorCode code, std::string_view what, int sys_errno,
                   std::string_view where = {});

// The error as printed to a person, without the "evalctl: error: " prefix: up to three lines each,
// faults in `also` below.
std::string describe(const Error& error);

// Several independent faults as one Error (the first carries the rest in `also`).
// Precondition: not empty.
Error combine(std::vector<Error> faults);

template <class T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

// Builds a failed Result: `return fail(ErrorCode::NotFound, "...")`.
inline Failure fail(Error error) {
  return Failure(std::move(error));
}
inline Failure fail(ErrorCode code, std::string what, std::string where = {},
                    std::string help = {}) {
  return Failure(Error{code, std::move(what), std::move(where), std::move(help), 0, {}});
}

namespace detail {
template <class T>
T take(Result<T>& result) {
  return std::move(*result);
}
inline void take(Result<void>&) {}
}  // namespace detail

}  // namespace eval

// The value of a Result, or return its Error from the enclosing function:
//   Manifest manifest = EVAL_TRY(read_manifest(path));
#define EVAL_TRY(expression)                                                          \
  __extension__({                                                                     \
    auto eval_try_result = (expression);                                              \
    if (!eval_try_result) return ::eval::Failure(std::move(eval_try_result).error()); \
    ::eval::detail::take(eval_try_result);                                            \
  })

// The same, adding a layer of context.
#define EVAL_TRY_IN(expression, context)                                                          \
  __extension__({                                                                                 \
    auto eval_try_result = (expression);                                                          \
    if (!eval_try_result) return ::eval::Failure(std::move(eval_try_result).error().in(context)); \
    ::eval::detail::take(eval_try_result);                                                        \
  })
