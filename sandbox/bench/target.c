// What the benchmark runs, in boxes and outside of them: a static program that does nothing at all
// when called without arguments, and otherwise the kind of work that its first argument names.
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static volatile uint64_t sink;

static char* map(size_t bytes) {
  char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) _exit(9);
  return memory;
}

static void count(long millions) {
  uint64_t x = 88172645463325252u;
  for (long i = 0; i < millions * 1000000; ++i) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  sink = x;
}

// Reads 64 MiB in an order that no prefetcher guesses.
static void jump(long thousands) {
  const size_t words = (size_t)64 << 17;
  uint64_t* memory = (uint64_t*)(void*)map(words * 8);
  for (size_t i = 0; i < words; ++i) memory[i] = (i * 2862933555777941757u + 3037000493u) % words;
  uint64_t at = 1;
  for (long i = 0; i < thousands * 1000; ++i) at = memory[(at + (uint64_t)i) % words];
  sink = at;
}

// Maps, touches and gives back 4 MiB again and again.
static void fault(long times) {
  const size_t bytes = (size_t)4 << 20;
  for (long i = 0; i < times; ++i) {
    char* memory = map(bytes);
    for (size_t at = 0; at < bytes; at += PAGE) memory[at] = 1;
    munmap(memory, bytes);
  }
}

static void touch(long mib) {
  const size_t bytes = (size_t)mib << 20;
  char* memory = map(bytes);
  for (size_t at = 0; at < bytes; at += PAGE) memory[at] = 1;
}

static void read_whole(const char* path) {
  char* buffer = map(1 << 20);
  const int file = open(path, O_RDONLY);
  if (file < 0) _exit(8);
  while (read(file, buffer, 1 << 20) > 0) {
  }
}

static void fork_sleepers(long processes) {
  for (long i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child < 0) _exit(7);
    if (child == 0) {
      for (;;) pause();
    }
  }
}

int main(int argc, char** argv) {
  if (argc < 2) return 0;
  const char* what = argv[1];
  const long amount = argc > 2 ? atol(argv[2]) : 0;
  if (!strcmp(what, "count")) count(amount);
  if (!strcmp(what, "jump")) jump(amount);
  if (!strcmp(what, "fault")) fault(amount);
  if (!strcmp(what, "touch")) touch(amount);
  if (!strcmp(what, "fork")) fork_sleepers(amount);
  if (argc > 3) read_whole(argv[3]);
  return 0;
}
