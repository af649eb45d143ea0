// Tries: to mount a file system of the host or a cgroup, for its release_agent (CVE-2022-0492).
// Stopped by: seccomp ends the run at mount; the program has no capability anyway.
// Outcome: forbidden_syscall
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

int main(void) {
  mkdir("group", 0700);
  if (mount("cgroup", "group", "cgroup", 0, "memory") == 0) puts("ESCAPED: mounted cgroups");
  return 0;
}
