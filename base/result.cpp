#include "base/result.h"

#include <array>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace eval {
namespace {

constexpr std::array<std::pair<ErrorCode, std::string_view>, 10> kNames = {{
    {ErrorCode::Usage, "usage"},
    {ErrorCode::BadInput, "bad_input"},
    {ErrorCode::NotFound, "not_found"},
    {ErrorCode::Unsupported, "unsupported"},
    {ErrorCode::Io, "io"},
    {ErrorCode::Busy, "busy"},
    {ErrorCode::Network, "network"},
    {ErrorCode::Infrastructure, "infrastructure"},
    {ErrorCode::Cancelled, "cancelled"},
    {ErrorCode::Internal, "internal"},
}};

void append_one(std::string& text, const Error& error) {
  text += error.what;
  if (!error.where.empty()) text += "\n  where: " + error.where;
  if (!error.help.empty()) text += "\n  help:  " + error.help;
}

}  // namespace

std::string_view error_code_name(ErrorCode code) {
  for (const auto& [candidate, name] : kNames) {
    if (candidate == code) return name;
  }
  return "internal";
}

ErrorCode error_code_from_name(std::string_view name) {
  for (const auto& [code, candidate] : kNames) {
    if (candidate == name) return code;
  }
  return ErrorCode::Internal;
}

Error Error::in(std::string_view context) && {
  where = where.empty() ? std::string(context) : std::string(context) + ": " + where;
  return std::move(*this);
}

Error Error::with_help(std::string_view advice) && {
  help = std::string(advice);
  return std::move(*this);
}

Error system_error(ErrorCode code, std::string_view what, int sys_errno, std::string_view where) {
  std::string text(what);
  text += ": ";
  text +=
      std::strerror(sys_errno);  // NOLINT(concurrency-mt-unsafe): glibc's is safe for known codes
  return Error{code, std::move(text), std::string(where), {}, sys_errno, {}};
}

std::string describe(const Error& error) {
  std::string text;
  append_one(text, error);
  for (const Error& other : error.also) {
    text += "\n";
    append_one(text, other);
  }
  return text;
}

Error combine(std::vector<Error> faults) {
  EVAL_CHECK(!faults.empty());
  Error first = std::move(faults.front());
  for (std::size_t i = 1; i < faults.size(); ++i) {
    std::vector<Error> nested = std::move(faults[i].also);
    faults[i].also.clear();
    first.also.push_back(std::move(faults[i]));
    for (Error& error : nested) first.also.push_back(std::move(error));
  }
  return first;
}

}  // namespace eval
