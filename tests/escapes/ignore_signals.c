// Tries: to run on by ignoring and blocking every signal.
// Stopped by: SIGKILL from the box's init, sent when the measured CPU time is over the limit.
// Outcome: cpu_time_limit
#include <signal.h>

int main(void) {
  for (int i = 1; i < 65; ++i) signal(i, SIG_IGN);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, 0);
  for (;;) {
  }
}
