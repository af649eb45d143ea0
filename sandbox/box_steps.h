#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sandbox/box_protocol.h"

namespace eval::sandbox {

// For tests: the step that fails next; None after it has. Empty: none ever.
using FailingStep = std::shared_ptr<std::atomic<protocol::Step>>;

// "mounting /proc": what the step does, for an Error.
std::string_view step_name(protocol::Step step);

// The Error for a step of building or running a box that failed; `detail` names the object.
Error step_error(protocol::Step step, int sys_errno, std::string_view detail = {});

}  // namespace eval::sandbox
