// What all attacks in C and C++ share: how they say what came of it.
//
// Standard output carries "ESCAPED: how" for everything that worked and "HELD" when nothing did.
// Never start these programs outside a box.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int escape_count = 0;

__attribute__((format(printf, 1, 2))) static inline void escaped(const char* format, ...) {
  char text[600];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  dprintf(1, "ESCAPED: %s\n", text);
  ++escape_count;
}

// A call that must fail.
static inline void must_fail(const char* what, long result) {
  if (result >= 0) {
    escaped("%s succeeded", what);
  } else {
    dprintf(2, "%s: %s\n", what, strerror(errno));
  }
}

static inline int finish(void) {
  if (escape_count == 0) dprintf(1, "HELD\n");
  return 0;
}

// What the judge's side holds out as prey: BAIT_FILE, BAIT_PORT, BAIT_SOCKET, BAIT_PID.
static inline const char* bait(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

// Says so if the file can be read and is the bait.
static inline void try_bait_at(int folder, const char* path) {
  const int fd = openat(folder, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return;
  char text[200] = "";
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size > 0 && strstr(text, "evalctl-bait") != NULL) escaped("read %s: %s", path, text);
}

// A file that must not open for reading.
static inline void must_not_open(const char* path) {
  const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  must_fail(path, fd);
  if (fd >= 0) close(fd);
}

// CPU time of this process in milliseconds.
static inline long cpu_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void burn_until_ms(long until) {
  volatile unsigned work = 0;
  while (cpu_ms() < until) {
    for (int i = 0; i < 10000; ++i) work = work + 1;
  }
}
