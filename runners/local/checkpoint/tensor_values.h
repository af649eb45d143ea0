#pragma once

#include <vector>

#include "runners/local/model/tensor.h"

namespace eval::runners::local {

// The float that the format's 8 bits mean: 4 bits of exponent with bias 7, 3 of fraction, no infinity,
// NaN for 0x7f and 0xff (Micikevicius et al. 2022, "FP8 formats for deep learning").
float float_of_e4m3(std::uint8_t bits);
float float_of_bf16(std::uint16_t bits);
float float_of_f16(std::uint16_t bits);

// Every value of a tensor, times its scale: one at most. I32 is not a type of weights: a bug in a check.
std::vector<float> to_floats(const HostTensor& tensor);

}  // namespace eval::runners::local
