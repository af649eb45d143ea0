// Tries: to read the host's files and the judge's through every path it can think of.
// Stopped by: a root that holds libraries only, a private /proc without init's or kernel files.
// Outcome: exited
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  const char* paths[] = {"/etc/shadow",
                         "/box/../etc/shadow",
                         "/proc/self/root/etc/shadow",
                         "/proc/self/cwd/../etc/shadow",
                         "/proc/1/environ",
                         "/proc/1/mem",
                         "/proc/1/root/etc/shadow",
                         "/proc/1/cwd/etc/shadow",
                         "/proc/1/exe",
                         "/proc/1/fd",
                         "/proc/kcore",
                         "/proc/kallsyms",
                         "/proc/sysrq-trigger",
                         "/proc/sys/kernel/core_pattern",
                         "/dev/mem",
                         "/dev/kmsg",
                         "/dev/vda",
                         "/dev/sda",
                         "/sys/fs/cgroup",
                         "/var",
                         "/home",
                         "/root"};
  for (unsigned i = 0; i < sizeof paths / sizeof *paths; ++i) {
    char byte;
    int fd = open(paths[i], O_RDONLY);
    if (fd >= 0) printf("ESCAPED: opened %s\n", paths[i]);
    if (readlink(paths[i], &byte, 1) >= 0) printf("ESCAPED: read link %s\n", paths[i]);
  }
  return 0;
}
