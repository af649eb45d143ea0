#pragma once

#include <string>

namespace eval::evaluator {

// Kernel, architecture and CPU of this machine, for the manifest: "Linux 6.1.0 x86_64, 2 x AMD EPYC".
std::string describe_host();

}  // namespace eval::evaluator
