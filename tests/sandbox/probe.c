// One small program with many behaviours, chosen by its first argument: what the sandbox tests run.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long argument(int argc, char** argv, int i) {
  return i < argc ? atol(argv[i]) : 0;
}

static void burn(double seconds) {
  struct timespec now;
  do {
    for (volatile int i = 0; i < 100000; ++i) {
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  } while ((double)now.tv_sec + 1e-9 * (double)now.tv_nsec < seconds);
}

static double seconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// Two thirds of the time it computes, and a nap comes every 6 ms.
static void work_and_nap(double seconds) {
  for (double end = seconds_of(CLOCK_MONOTONIC) + seconds; seconds_of(CLOCK_MONOTONIC) < end;) {
    burn(seconds_of(CLOCK_PROCESS_CPUTIME_ID) + 0.004);
    usleep(2000);
  }
}

static void touch(size_t bytes) {
  char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(9);
  for (size_t i = 0; i < bytes; i += 4096) memory[i] = 1;
}

static int copy_input(void) {
  char buffer[65536];
  ssize_t count;
  while ((count = read(0, buffer, sizeof buffer)) > 0) {
    for (ssize_t done = 0; done < count;) {
      ssize_t n = write(1, buffer + done, (size_t)(count - done));
      if (n <= 0) return 3;
      done += n;
    }
  }
  return count < 0 ? 4 : 0;
}

static int write_file(const char* path, long mib) {
  static char buffer[1 << 20];
  memset(buffer, 'x', sizeof buffer);
  int fd = open(path, O_WRONLY | O_CREAT, 0644);
  if (fd < 0) return printf("%s\n", strerror(errno)), 5;
  for (long i = 0; i < mib; ++i) {
    for (size_t done = 0; done < sizeof buffer;) {
      ssize_t count = write(fd, buffer + done, sizeof buffer - done);
      if (count < 0) return printf("%s\n", strerror(errno)), 6;
      done += (size_t)count;
    }
  }
  return 0;
}

static int list_descriptors(void) {
  for (int fd = 0; fd < 4096; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) printf("%d\n", fd);
  }
  return 0;
}

static int list_tree(const char* path) {
  DIR* folder = opendir(path);
  if (folder == NULL) return printf("%s\n", strerror(errno)), 5;
  for (struct dirent* e; (e = readdir(folder)) != NULL;) {
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) puts(e->d_name);
  }
  return 0;
}

static void bomb(void) {
  for (;;) {
    if (fork() < 0) sched_yield();
  }
}

static void* sleep_forever(void* unused) {
  pause();
  return unused;
}

static int count_forks(void) {
  int made = 0;
  for (; made < 100000; ++made) {
    pid_t pid = fork();
    if (pid < 0) break;
    if (pid == 0) {
      pause();
      _exit(0);
    }
  }
  printf("%d\n", made);
  return 0;
}

static int count_threads(void) {
  int made = 0;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  for (pthread_t thread; made < 100000; ++made) {
    if (pthread_create(&thread, &attributes, sleep_forever, NULL) != 0) break;
  }
  printf("%d\n", made);
  fflush(stdout);
  _exit(0);
}

// A child in a session of its own that outlives us and writes where it can.
static int leave_daemon(void) {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      close(0);
      close(1);
      close(2);
      for (;;) {
        int fd = open("/box/daemon", O_WRONLY | O_CREAT, 0644);
        if (fd >= 0) close(fd);
        usleep(1000);
      }
    }
    _exit(0);
  }
  wait(NULL);
  usleep(20000);
  return 0;
}

static int litter(void) {
  mkdir("/box/a", 0700);
  chdir("/box/a");
  for (int i = 0; i < 600; ++i) {  // deeper than PATH_MAX
    if (mkdir("deep-folder-name", 0700) < 0 || chdir("deep-folder-name") < 0) break;
  }
  close(open("/tmp/left", O_CREAT | O_WRONLY, 0));
  mkdir("/tmp/closed", 0700);
  close(open("/tmp/closed/inner", O_CREAT | O_WRONLY, 0600));
  chmod("/tmp/closed", 0);
  mkfifo("/box/fifo", 0600);
  symlink("/etc/passwd", "/box/link");
  close(open("/dev/shm/segment", O_CREAT | O_WRONLY, 0600));
  for (int i = 0; i < 300; ++i) {
    char name[32];
    snprintf(name, sizeof name, "/box/file%d", i);
    close(open(name, O_CREAT | O_WRONLY, 0600));
  }
  return 0;
}

// All of `size` bytes, or -1.
static int read_all(int fd, void* to, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = read(fd, (char*)to + done, size - done);
    if (n <= 0) return -1;
    done += (size_t)n;
  }
  return 0;
}

// Sends a number and expects the next one, `rounds` times.
static int ask(int out, int in, long rounds) {
  for (long i = 0; i < rounds; ++i) {
    long number = 2 * i;
    if (write(out, &number, sizeof number) != sizeof number) return 3;
    if (read_all(in, &number, sizeof number) < 0) return 4;
    if (number != 2 * i + 1) return 5;
  }
  return 0;
}

static int answer(int in, int out) {
  for (long number; read_all(in, &number, sizeof number) == 0;) {
    ++number;
    if (write(out, &number, sizeof number) != sizeof number) return 6;
  }
  return 0;
}

// Talks to n programs, each through FIFOs "to<i>" and "from<i>".
static int manage(int n, long rounds) {
  int to[16], from[16];
  char name[16];
  for (int i = 0; i < n; ++i) {
    snprintf(name, sizeof name, "to%d", i);
    if ((to[i] = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644)) < 0) return 7;
    snprintf(name, sizeof name, "from%d", i);
    if ((from[i] = open(name, O_RDONLY)) < 0) return 8;
  }
  for (long round = 0; round < rounds; ++round) {
    for (int i = 0; i < n; ++i) {
      int code = ask(to[i], from[i], 1);
      if (code != 0) return code;
    }
  }
  for (int i = 0; i < n; ++i) close(to[i]);
  char byte;
  for (int i = 0; i < n; ++i) {
    if (read(from[i], &byte, 1) != 0) return 9;
  }
  return 0;
}

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int list_cpus(void) {
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof cpus, &cpus) < 0) return 5;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &cpus)) printf("%d\n", cpu);
  }
  return 0;
}

// Reads to the end and says how much there was.
static int count_input(void) {
  static char buffer[65536];
  long total = 0;
  for (ssize_t n; (n = read(0, buffer, sizeof buffer)) > 0;) total += n;
  return fprintf(stderr, "%ld\n", total), 0;
}

static int run(const char* what, int argc, char** argv) {
  const long n = argument(argc, argv, 2);
  if (!strcmp(what, "exit")) return (int)n;
  if (!strcmp(what, "signal")) return raise((int)n), 0;
  if (!strcmp(what, "work-and-nap")) return work_and_nap((double)n / 1000), 0;
  if (!strcmp(what, "burn")) return burn((double)n / 1000), 0;
  if (!strcmp(what, "sleep")) return usleep((useconds_t)n * 1000), 0;
  if (!strcmp(what, "vfork-sleep")) {
    if (vfork() == 0) usleep((useconds_t)n * 1000), _exit(0);
    return 0;
  }
  if (!strcmp(what, "touch")) return touch((size_t)n << 20), 0;
  if (!strcmp(what, "cat")) return copy_input();
  if (!strcmp(what, "descriptors")) return list_descriptors();
  if (!strcmp(what, "list")) return list_tree(argv[2]);
  if (!strcmp(what, "bomb")) bomb();
  if (!strcmp(what, "forks")) return count_forks();
  if (!strcmp(what, "threads")) return count_threads();
  if (!strcmp(what, "daemon")) return leave_daemon();
  if (!strcmp(what, "litter")) return litter();
  if (!strcmp(what, "write")) return write_file(argv[2], argument(argc, argv, 3));
  if (!strcmp(what, "ignore-xfsz")) {
    signal(SIGXFSZ, SIG_IGN);
    return write_file(argv[2], argument(argc, argv, 3));
  }
  if (!strcmp(what, "burn-children")) {
    for (int i = 0; i < 4; ++i) {
      if (fork() == 0) burn((double)n / 1000), _exit(0);
      wait(NULL);
    }
    return 0;
  }
  if (!strcmp(what, "touch-child")) {
    if (fork() == 0) touch((size_t)n << 20), _exit(0);
    wait(NULL);
    return 0;
  }
  if (!strcmp(what, "flood") || !strcmp(what, "flood-error")) {
    char block[4096];
    memset(block, 'y', sizeof block);
    for (long i = 0; n == 0 || i < n; ++i) {
      if (write(!strcmp(what, "flood") ? 1 : 2, block, sizeof block) < 0) break;
    }
    return 0;
  }
  if (!strcmp(what, "open")) {
    int fd = open(argv[2], O_RDONLY);
    return printf("%s\n", fd < 0 ? strerror(errno) : "opened"), 0;
  }
  if (!strcmp(what, "create")) {
    int fd = open(argv[2], O_WRONLY | O_CREAT, 0644);
    return printf("%s\n", fd < 0 ? strerror(errno) : "created"), 0;
  }
  if (!strcmp(what, "link")) return symlink(argv[2], argv[3]) == 0 ? 0 : 7;
  if (!strcmp(what, "hardlink")) {
    close(open("one", O_WRONLY | O_CREAT, 0644));
    return link("one", "two") == 0 ? 0 : 7;
  }
  if (!strcmp(what, "fifo")) return mkfifo(argv[2], 0644) == 0 ? 0 : 7;
  if (!strcmp(what, "environment")) {
    for (char** at = environ; *at != NULL; ++at) puts(*at);
    return 0;
  }
  if (!strcmp(what, "identity")) {
    return printf("uid %d gid %d pid %d groups %d nnp %d\n", getuid(), getgid(), getpid(),
                  getgroups(0, NULL), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)),
           0;
  }
  if (!strcmp(what, "socket")) {
    int fd = socket((int)n, SOCK_STREAM, 0);
    return printf("%s\n", fd < 0 ? strerror(errno) : "made"), 0;
  }
  if (!strcmp(what, "again")) {
    char* const arguments[] = {argv[0], "exit", "3", NULL};
    return execv("/proc/self/exe", arguments), 8;
  }
  if (!strcmp(what, "call")) return syscall(n, 0, 0, 0, 0) < 0 ? (errno == ENOSYS ? 38 : errno) : 0;
  if (!strcmp(what, "ptrace")) return ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 ? 8 : 0;
  if (!strcmp(what, "kill-all")) return kill(-1, SIGKILL), kill(1, SIGKILL), kill(1, SIGSTOP), 0;
  if (!strcmp(what, "ask")) return ask(1, 0, n);
  if (!strcmp(what, "answer")) return answer(0, 1);
  if (!strcmp(what, "manage")) return manage((int)n, argument(argc, argv, 3));
  if (!strcmp(what, "answer-fifos")) {
    usleep((useconds_t)n * 1000);
    int in = open("in", O_RDONLY);
    return in < 0 ? 7 : answer(in, open("out", O_WRONLY));
  }
  if (!strcmp(what, "impatient")) {  // an open that does not wait must not see an end either
    int in = open("in", O_RDONLY | O_NONBLOCK);
    char byte;
    if (read(in, &byte, 1) == 0) return 5;
    fcntl(in, F_SETFL, 0);
    return answer(in, open("out", O_WRONLY));
  }
  if (!strcmp(what, "cpus")) return list_cpus();
  if (!strcmp(what, "span")) {
    long long begin = now_ns();
    usleep((useconds_t)n * 1000);
    return printf("%lld %lld\n", begin, now_ns()), 0;
  }
  if (!strcmp(what, "count")) return count_input();
  if (!strcmp(what, "close-output")) return close(1), usleep((useconds_t)n * 1000), 0;
  if (!strcmp(what, "close-and-burn")) return close(1), burn((double)n / 1000), 0;
  if (!strcmp(what, "close-input")) return close(0), usleep((useconds_t)n * 1000), 0;
  if (!strcmp(what, "read-one")) {
    char byte;
    return read(0, &byte, 1) == 1 ? (int)n : 97;
  }
  if (!strcmp(what, "sleep-exit")) {
    return usleep((useconds_t)argument(argc, argv, 3) * 1000), (int)n;
  }
  if (!strcmp(what, "stop")) return raise(SIGSTOP), 0;
  fprintf(stderr, "unknown behaviour %s\n", what);
  return 99;
}

int main(int argc, char** argv) {
  if (argc < 2) return 98;
  return run(argv[1], argc, argv);
}
