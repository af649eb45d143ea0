// The kernels through the emulation, in BF16 as on a GPU.
#include "runners/local/cuda/kernels/kernels.cu"
