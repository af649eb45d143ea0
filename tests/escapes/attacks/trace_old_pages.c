// Tries: to find the memory of the run before: in new pages, files made longer, memory files, pipes,
// and stack.
// Must stop it: the kernel clears pages; nothing is handed on by the box.
#include "attack.h"

enum { kSize = 24 << 20 };

static const char secret[] = "message-to-the-next-run";

static void look_in(const char* where, const char* at, size_t size) {
  if (memmem(at, size, secret, sizeof secret - 1) != NULL) escaped("found in %s", where);
}

int main(int count, char** values) {
  char* block =
      (char*)mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const int file = open("/tmp/pages", O_CREAT | O_RDWR, 0600);
  const int memory = memfd_create("pages", 0);
  if (block == MAP_FAILED || ftruncate(file, kSize) < 0 || ftruncate(memory, kSize) < 0)
    return finish();
  const int files[] = {file, memory};
  if (count > 1 && strcmp(values[1], "plant") == 0) {
    // Built here, so that the secret is in no page of the program that looks later.
    for (size_t at = 0; at + 64 < kSize; at += 64) memcpy(block + at, secret, sizeof secret);
    for (int i = 0; i < 2; ++i) (void)!write(files[i], block, kSize);
    return finish();
  }
  look_in("fresh memory", block, kSize);
  for (int i = 0; i < 2; ++i) {
    const char* at = (const char*)mmap(NULL, kSize, PROT_READ, MAP_SHARED, files[i], 0);
    if (at != MAP_FAILED) look_in(i == 0 ? "a new file" : "a memory file", at, kSize);
  }
  return finish();
}
