#include "base/result.h"

#include <gtest/gtest.h>

namespace eval {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(ErrorCode::BadInput, "odd", "here");
  return n / 2;
}

Result<int> quarter(int n) {
  const int once = EVAL_TRY_IN(half(n), "first");
  const int twice = EVAL_TRY_IN(half(once), "second");
  return twice;
}

TEST(Result, PropagatesWithContext) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().where, "second: here");
}

TEST(Result, DescribesAllFaults) {
  const Error all = combine({Error{ErrorCode::BadInput, "a", "x", "h", 0, {}},
                             Error{ErrorCode::BadInput, "b", {}, {}, 0, {}}});
  EXPECT_EQ(describe(all), "a\n  where: x\n  help:  h\nb");
}

TEST(Result, NamesErrorCodesBothWays) {
  EXPECT_EQ(error_code_from_name(error_code_name(ErrorCode::Busy)), ErrorCode::Busy);
  EXPECT_EQ(error_code_from_name("?"), ErrorCode::Internal);
}

}  // namespace
}  // namespace eval
