#include "runners/runner.h"

#include <array>

namespace eval::runners {
namespace {

constexpr std::array kReasons = {FinishReason::Stop, FinishReason::Length, FinishReason::Refused,
                                 FinishReason::Cancelled};

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case Role::System:
      return "system";
    case Role::User:
      return "user";
    case Role::Assistant:
      return "assistant";
  }
  return "";
}

std::string_view finish_reason_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::Stop:
      return "stop";
    case FinishReason::Length:
      return "length";
    case FinishReason::Refused:
      return "refused";
    case FinishReason::Cancelled:
      return "cancelled";
  }
  return "";
}

std::optional<FinishReason> finish_reason_from_name(std::string_view name) {
  for (const FinishReason reason : kReasons) {
    if (finish_reason_name(reason) == name) return reason;
  }
  return std::nullopt;
}

}  // namespace eval::runners
