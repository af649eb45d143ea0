// Tries: the calls of administrators: modules, kexec, swap, accounting, quotas, the kernel log, ports,
// names of the host. Arguments are chosen to do no harm where they would work.
// Must stop it: all of them are forbidden and need capabilities the program has not.
#include "attack.h"

int main(void) {
  must_fail("init_module", syscall(SYS_init_module, NULL, 0, ""));
  must_fail("finit_module", syscall(SYS_finit_module, 0, "", 0));
  must_fail("delete_module", syscall(SYS_delete_module, "evalctl_no_such_module", O_NONBLOCK));
  must_fail("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0));
  must_fail("swapon", syscall(SYS_swapon, "/box/none", 0));
  must_fail("swapoff", syscall(SYS_swapoff, "/box/none"));
  must_fail("acct", syscall(SYS_acct, "/box/none"));
  must_fail("quotactl", syscall(SYS_quotactl, 0x800002 << 8, "/dev/none", 0, NULL));
  char log[64];
  must_fail("syslog", syscall(SYS_syslog, 3, log, sizeof log));
#ifdef SYS_iopl
  must_fail("iopl", syscall(SYS_iopl, 3));
  must_fail("ioperm", syscall(SYS_ioperm, 0x80, 1, 1));
#endif
  must_fail("sethostname", syscall(SYS_sethostname, "escaped", 7));
  must_fail("setdomainname", syscall(SYS_setdomainname, "escaped", 7));
  must_fail("vhangup", syscall(SYS_vhangup));
  // RB_DISABLE_CAD: changes what Ctrl-Alt-Del does, and nothing else.
  must_fail("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL));
  return finish();
}
