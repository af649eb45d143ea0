#include "runners/local/model/tensor.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace eval::runners::local {

std::string_view dtype_name(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return "F32";
    case DType::BF16:
      return "BF16";
    case DType::F16:
      return "F16";
    case DType::F8E4M3:
      return "F8_E4M3";
    case DType::I32:
      return "I32";
  }
  return "";
}

TensorScales TensorScales::whole(float factor) {
  constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
  return {.factors = {factor}, .blocks_each = 1, .rows_each = kAll, .cols_each = kAll};
}

float TensorScales::of_row(std::int64_t row) const {
  EVAL_CHECK(blocks_each == 1);
  return factors.empty() ? 1 : factors[static_cast<std::size_t>(row / rows_each)];
}

void TensorScales::apply(std::int64_t row, std::span<float> values) const {
  if (factors.empty()) return;
  const float* factor = factors.data() + row / rows_each * blocks_each;
  const auto width = static_cast<std::size_t>(cols_each);
  for (std::size_t begin = 0; begin < values.size(); begin += width, ++factor) {
    const std::size_t end = std::min(values.size(), begin + width);
    for (std::size_t i = begin; i < end; ++i) values[i] *= *factor;
  }
}

}  // namespace eval::runners::local
