// Tries: to become root through setuid programs and files with capabilities of the machine.
// Must stop it: no_new_privs and nosuid mounts.
#include "attack.h"

static int started = 0;

static void start(const char* path) {
  int ends[2];
  if (++started > 40 || pipe(ends) < 0) return;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    close(0);
    alarm(2);
    execl(path, path, "-c", "id", NULL);
    _exit(127);
  }
  close(ends[1]);
  for (int i = 0; i < 20 && child > 0; ++i) {
    char name[64];
    char line[200];
    unsigned real = 1, effective = 1;
    snprintf(name, sizeof name, "/proc/%d/status", child);
    FILE* status = fopen(name, "r");
    while (status && fgets(line, sizeof line, status)) {
      if (sscanf(line, "Uid: %u %u", &real, &effective) == 2) break;
    }
    if (status) fclose(status);
    if (effective == 0) escaped("%s runs as root", path);
    if (effective == 0) break;
    usleep(2000);
  }
  char text[300] = "";
  if (read(ends[0], text, sizeof text - 1) > 0 && strstr(text, "uid=0") != NULL) {
    escaped("%s gave a root shell", path);
  }
  close(ends[0]);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

int main(void) {
  const char* folders[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/lib/openssh",
                           "/usr/lib/dbus-1.0"};
  if (geteuid() == 0 || getuid() == 0) escaped("is root already");
  for (unsigned i = 0; i < sizeof folders / sizeof folders[0]; ++i) {
    DIR* folder = opendir(folders[i]);
    struct dirent* entry;
    while (folder && (entry = readdir(folder)) != NULL) {
      char path[600];
      struct stat status;
      snprintf(path, sizeof path, "%s/%s", folders[i], entry->d_name);
      if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
          (status.st_mode & (S_ISUID | S_ISGID)) != 0) {
        start(path);
      }
    }
    if (folder) closedir(folder);
  }
  must_fail("setuid(0)", setuid(0));
  must_fail("setresgid(0)", setresgid(0, 0, 0));
  must_fail("setgroups", syscall(SYS_setgroups, 0, NULL));
  return finish();
}
