// Tries: to find or regain capabilities: the five sets, the ambient set, securebits, privileges on
// exec.
// Must stop it: every set is empty, no_new_privs is on and cannot be turned off.
#include "attack.h"

#include <linux/capability.h>
#include <sys/prctl.h>

int main(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  memset(data, 0, sizeof data);
  if (syscall(SYS_capget, &header, data) == 0) {
    for (int i = 0; i < 2; ++i) {
      if (data[i].effective || data[i].permitted || data[i].inheritable)
        escaped("has capabilities");
    }
  }
  for (int capability = 0; capability < 41; ++capability) {
    if (prctl(PR_CAPBSET_READ, capability) == 1)
      escaped("capability %d is in the bounding set", capability);
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)
      escaped("raised %d", capability);
  }
  memset(data, 0xff, sizeof data);
  must_fail("capset", syscall(SYS_capset, &header, data));
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) escaped("no_new_privs is off");
  must_fail("clearing no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  must_fail("securebits", prctl(PR_SET_SECUREBITS, 0x2f));
  if (prctl(PR_GET_SECCOMP) == 0) escaped("no system call filter");
  must_fail("PR_SET_MM", prctl(PR_SET_MM, 1, 0, 0, 0));
  return finish();
}
