#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "evaluator/cli/app.h"
#include "evaluator/cli/context.h"

namespace {

// The variables commands may look at. Nothing else of the environment has an effect.
std::map<std::string, std::string> read_environment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = text.substr(0, equals);
    const bool wanted = name.starts_with("EVALCTL_") || name == "NO_COLOR" || name == "TERM" ||
                        name == "HOME" || name == "OPENAI_API_KEY";
    if (wanted) environment[name] = text.substr(equals + 1);
  }
  return environment;
}

// SIGINT, SIGTERM and SIGHUP are blocked in every thread and taken by one that waits for them: no
// code runs in signal context. The first asks the run to stop and commit; the second ends the
// process.
void wait_for_signals(const sigset_t& signals, std::stop_source stop) {
  int signal_number = 0;
  if (sigwait(&signals, &signal_number) == 0) stop.request_stop();
  if (sigwait(&signals, &signal_number) == 0) {
    std::_Exit(static_cast<int>(eval::cli::ExitCode::Interrupted));
  }
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::stop_source stop;
  std::thread(wait_for_signals, std::cref(signals), stop).detach();

  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    return eval::cli::run_app(arguments, read_environment(), stop.get_token());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "evalctl: bug: %s\n", error.what());
    return static_cast<int>(eval::cli::ExitCode::Bug);
  }
}
