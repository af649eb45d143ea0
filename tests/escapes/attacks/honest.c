// The honest program that runs after every attack: it must find the box as if nothing had been, and
// everything it may do must work.
//
// Reads two numbers, uses memory, files and a child, and prints "HONEST" and their sum.
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// 0 if the folder has at most `most` entries.
static int check_folder(const char* path, int most) {
  DIR* folder = opendir(path);
  struct dirent* entry;
  int entries = 0;
  if (folder == NULL) return printf("cannot open %s\n", path);
  while ((entry = readdir(folder)) != NULL) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) ++entries;
  }
  closedir(folder);
  return entries > most ? printf("%s has %d entries\n", path, entries) : 0;
}

int main(int count, char** values) {
  long first = 0;
  long second = 0;
  if (count != 1 || scanf("%ld %ld", &first, &second) != 2) return 2;
  // The program itself lies in the work folder.
  if (check_folder(".", 1) || check_folder("/tmp", 0) || check_folder("/dev/shm", 0)) return 3;
  char* block = (char*)malloc(8 << 20);
  if (block == NULL) return 4;
  memset(block, 1, 8 << 20);
  FILE* file = fopen("/tmp/honest", "w+");
  if (file == NULL || fwrite(block, 1, 8 << 20, file) != 8 << 20 || fclose(file) != 0) return 5;
  const pid_t child = fork();
  if (child < 0) return 6;
  if (child == 0) _exit(7);
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7) return 8;
  for (int pid = 2; pid < 3000; ++pid) {
    if (pid != getpid() && kill(pid, 0) == 0) return printf("process %d is there\n", pid), 9;
  }
  printf("HONEST %s %ld\n", values[0], first + second);
  return 0;
}
