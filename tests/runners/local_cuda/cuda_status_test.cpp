#include <gtest/gtest.h>

#include "runners/local/cuda/cuda_backend.h"

// Runs with and without a driver: what cannot be is said, never a crash.
namespace eval::runners::local::cuda {
namespace {

TEST(CudaStatus, SaysWhatIsThereOrWhatToDo) {
  const CudaStatus status = cuda_status();
  EXPECT_FALSE(status.detail.empty());
  EXPECT_EQ(status.help.empty(), !status.devices.empty());
  EXPECT_EQ(status.architectures.empty(), !status.built);
}

TEST(CudaStatus, ABackendIsAnErrorWithAdviceWhereThereIsNoGpu) {
  if (!cuda_status().devices.empty()) GTEST_SKIP() << "this machine has a GPU";
  const auto backend = make_cuda_backend({});
  ASSERT_FALSE(backend.has_value());
  EXPECT_FALSE(backend.error().help.empty());
}

}  // namespace
}  // namespace eval::runners::local::cuda
