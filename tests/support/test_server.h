#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace eval::test {

// tests/support/misbehaving_server.py as a child process, on a free loopback port. Killed when
// destroyed; ends by itself when the test program dies.
class TestServer {
 public:
  static Result<std::unique_ptr<TestServer>> start();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  int port() const { return port_; }
  // "http://127.0.0.1:PORT" + path.
  std::string url(std::string_view path) const;
  // What arrived for `model`: {"requests": [{"body", "headers", "at"}], "most_in_flight",
  // "connections"}; null if the server does not answer.
  Json log(std::string_view model) const;

 private:
  TestServer(pid_t pid, UniqueFd standard_input) : pid_(pid), input_(std::move(standard_input)) {}
  pid_t pid_;
  UniqueFd input_;  // closed: the server ends
  int port_ = 0;
};

}  // namespace eval::test
