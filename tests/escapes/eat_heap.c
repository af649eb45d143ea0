// Tries: to push the machine into swap or its OOM killer with touched heap.
// Stopped by: the memory limit of the cgroup; only this box's processes are killed.
// Outcome: memory_limit
#include <stdlib.h>
#include <string.h>

int main(void) {
  for (;;) {
    char* block = malloc(1 << 20);
    if (block != NULL) memset(block, 1, 1 << 20);
  }
}
