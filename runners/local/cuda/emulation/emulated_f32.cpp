// The kernels through the emulation, with F32 activations.
#define EVAL_CUDA_F32
#include "runners/local/cuda/kernels/kernels.cu"
