// How the checker ends: exit code 42 accepts, 43 rejects, anything else is a fault of the package.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

struct Feedback {
  std::string directory;  // ends with a slash, as the format promises

  [[noreturn]] void accept() const { std::exit(42); }

  // `message` may quote the output, which may hold any bytes.
  [[noreturn]] void reject(std::string message) const {
    for (char& c : message)
      if (c < ' ' || c > '~') c = '?';
    std::ofstream(directory + "judgemessage.txt") << message << '\n';
    std::exit(43);
  }

  [[noreturn]] void fail(const std::string& message) const {
    std::ofstream(directory + "judgemessage.txt") << "checker fault: " << message << '\n';
    std::exit(1);
  }
};
