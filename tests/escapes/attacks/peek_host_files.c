// Tries: to read what only the machine's owner should: password hashes, homes, logs, kernel files,
// block devices, control groups.
// Must stop it: none of it is in the box's root; /proc shows processes only, there is no /sys.
#include "attack.h"

int main(void) {
  const char* paths[] = {"/etc/shadow",
                         "/etc/gshadow",
                         "/etc/sudoers",
                         "/etc/ssh",
                         "/etc/ssl/private",
                         "/root",
                         "/root/.ssh",
                         "/home",
                         "/var",
                         "/var/log",
                         "/run",
                         "/boot",
                         "/srv",
                         "/mnt",
                         "/media",
                         "/sys",
                         "/sys/fs/cgroup",
                         "/sys/kernel",
                         "/proc/kcore",
                         "/proc/kmsg",
                         "/proc/kallsyms",
                         "/proc/keys",
                         "/proc/mounts/..",
                         "/proc/sys",
                         "/proc/net",
                         "/proc/self/net/unix",
                         "/proc/sysrq-trigger",
                         "/proc/timer_list",
                         "/proc/config.gz",
                         "/proc/cmdline",
                         "/proc/modules",
                         "/proc/sched_debug",
                         "/proc/acpi",
                         "/proc/scsi",
                         "/proc/bus",
                         "/proc/1/environ",
                         "/dev/mem",
                         "/dev/kmem",
                         "/dev/port",
                         "/dev/kmsg",
                         "/dev/sda",
                         "/dev/vda",
                         "/dev/nvme0n1",
                         "/dev/loop0",
                         "/dev/loop-control",
                         "/dev/fuse",
                         "/dev/kvm",
                         "/dev/net/tun",
                         "/dev/userfaultfd",
                         "/dev/vsock",
                         "/dev/mapper/control",
                         "/dev/uinput",
                         "/dev/hugepages",
                         "/dev/mqueue",
                         "/var/run/docker.sock"};
  for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; ++i) {
    // /proc/self/net of a network namespace of one's own tells nothing, where it exists at all.
    if (strcmp(paths[i], "/proc/self/net/unix") == 0) continue;
    must_not_open(paths[i]);
  }
  return finish();
}
