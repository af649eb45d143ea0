// Tries: to read memory, environment, root and descriptors of other processes through /proc.
// Must stop it: a /proc of its own, hidepid, other users, an init that cannot be dumped.
#include "attack.h"

static void look_at(int pid) {
  const char* parts[] = {"environ", "mem", "maps", "syscall", "stack", "auxv", "io", "smaps"};
  char path[100];
  for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, parts[i]);
    const int fd = open(path, O_RDONLY);
    char text[64];
    if (fd >= 0 && read(fd, text, sizeof text) > 0) escaped("read %s", path);
    if (fd >= 0) close(fd);
  }
  const char* folders[] = {"fd", "root", "cwd", "map_files", "root/../root", "task"};
  for (unsigned i = 0; i < 5; ++i) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, folders[i]);
    DIR* folder = opendir(path);
    if (folder != NULL) escaped("opened %s", path);
    if (folder != NULL) closedir(folder);
  }
  snprintf(path, sizeof path, "/proc/%d/root/%s", pid, bait("BAIT_FILE"));
  try_bait_at(AT_FDCWD, path);
}

int main(void) {
  look_at(1);
  for (int pid = 2; pid < 5000; ++pid) {
    if (pid != getpid() && kill(pid, 0) == 0) look_at(pid);
  }
  if (atoi(bait("BAIT_PID")) != getpid()) look_at(atoi(bait("BAIT_PID")));
  return finish();
}
