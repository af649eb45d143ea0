// Tries: to climb above the root by open folders, by moving the folder it stands in while another
// process climbs, and by magic links.
// Must stop it: the box's root is the root of its mount namespace: nothing lies above.
#include "attack.h"

int main(void) {
  struct stat root, above;
  stat("/", &root);
  const int folder = open("/", O_PATH | O_DIRECTORY);
  if (fstatat(folder, "..", &above, 0) == 0 && above.st_ino != root.st_ino) escaped("/.. is not /");
  mkdir("/box/a", 0777);
  mkdir("/box/a/b", 0777);
  mkdir("/tmp/c", 0777);
  const int inner = open("/box/a/b", O_PATH | O_DIRECTORY);
  if (rename("/box/a/b", "/tmp/c/b") == 0) escaped("moved a folder between two mounts");
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 20000; ++i) {
      rename("/box/a/b", "/box/b");
      rename("/box/b", "/box/a/b");
    }
    _exit(0);
  }
  for (int i = 0; i < 20000; ++i) {
    struct stat status;
    if (fstatat(inner, "../../../..", &status, 0) == 0 && status.st_ino != root.st_ino) {
      // With b moved up, "../../../.." is still "/"; below it there are /box and its folders only.
      struct stat box;
      stat("/box", &box);
      if (status.st_dev != root.st_dev && status.st_dev != box.st_dev) {
        escaped("reached another file system by ..");
        break;
      }
    }
  }
  waitpid(child, NULL, 0);
  try_bait_at(inner, "../../../../../../../../tmp");
  char path[5000];
  snprintf(path, sizeof path, "../../../../../../..%s", bait("BAIT_FILE"));
  try_bait_at(inner, path);
  try_bait_at(folder, path);
  return finish();
}
