// Apart from the rest of random.h, which hashes: a program that wants only these is not to link OpenSSL.
#include <sys/random.h>

#include "base/check.h"
#include "base/random.h"

namespace eval {

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  EVAL_CHECK(getrandom(&bits, sizeof bits, 0) == static_cast<ssize_t>(sizeof bits));
  return bits;
}

}  // namespace eval
