// Tries: to load a filter of its own that answers calls instead of the kernel, to watch or fool the
// box's filter.
// Must stop it: the seccomp call is forbidden; a later filter cannot allow what an earlier refuses.
#include "attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

int main(void) {
  struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  struct sock_fprog program = {1, &allow};
  must_fail("seccomp with a listener", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                               SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
  must_fail("seccomp", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
  return finish();
}
