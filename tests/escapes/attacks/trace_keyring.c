// Tries: to leave a message in the keyrings of its user and session, which are shared between all
// processes of a user on the machine.
// Must stop it: add_key, request_key and keyctl are forbidden.
#include "attack.h"

int main(int count, char** values) {
  const int planting = count > 1 && strcmp(values[1], "plant") == 0;
  const int rings[] = {-4, -5, -3, -2};  // user, user session, session, process
  for (int i = 0; i < 4; ++i) {
    if (planting) {
      must_fail("add_key", syscall(SYS_add_key, "user", "evalctl-covert", "message", 7, rings[i]));
    } else {
      must_fail("keyctl search", syscall(SYS_keyctl, 10, rings[i], "user", "evalctl-covert", 0));
    }
  }
  must_fail("joining a session", syscall(SYS_keyctl, 1, "evalctl-covert"));
  must_fail("persistent keyring", syscall(SYS_keyctl, 22, -1, -3));
  return finish();
}
