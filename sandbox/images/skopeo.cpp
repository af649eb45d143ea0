#include "sandbox/images/skopeo.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "base/subprocess.h"
#include "base/text.h"

namespace eval::sandbox::images {
namespace {

constexpr std::chrono::minutes kQuestionTime{3};
// 10 GB at 1 MB/s take three hours.
constexpr std::chrono::hours kDownloadTime{6};
constexpr std::chrono::seconds kFirstWait{
    2};  // before the second try; twice as long before the next

bool holds_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return text.find(word) != text.npos; });
}

// skopeo tells kinds of failure apart in words only: those of the registry protocol's error codes.
Error error_of(const ToolResult& result, const ImageReference& reference) {
  const std::string text = to_valid_utf8(trim(result.standard_error));
  Error error{ErrorCode::Network,
              fmt::format("an image cannot be fetched: {}",
                          result.timed_out ? "it took too long" : shorten(text, 500)),
              reference.text(),
              {},
              0,
              {}};
  const std::string words = to_lower(text);
  if (holds_any(words, {"manifest unknown", "name unknown", "not found"})) {
    error.code = ErrorCode::NotFound;
    error.help = "is the name right? is it in the mirror?";
  } else if (holds_any(words, {"unauthorized", "authentication required", "denied"})) {
    error.code = ErrorCode::Usage;
    error.help =
        "log in with `skopeo login " + reference.registry + "`; a wrong name is denied as well";
  } else if (holds_any(words, {"server gave http response to https", "x509"})) {
    error.code = ErrorCode::Usage;
    error.help = "a registry without a valid certificate needs --no-tls-verify";
  } else if (holds_any(words, {"no space left"})) {
    error.code = ErrorCode::Io;
    error.help = "`evalctl env prune` makes room";
  } else if (holds_any(words, {"policy.json"})) {
    error.code = ErrorCode::Infrastructure;
  }
  return error;
}

Failure cancelled() {
  return fail(ErrorCode::Cancelled, "fetching an image was cancelled");
}

// False when stopped.
bool wait(std::chrono::seconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  return !never.wait_for(lock, stop, time, [&stop] { return stop.stop_requested(); });
}

Result<std::string> ask(ToolCommand command, const ImageReference& reference,
                        const RegistryAccess& access) {
  command.stop = access.stop;
  std::chrono::seconds pause = kFirstWait;
  for (int attempt = 1;; ++attempt) {
    if (access.stop.stop_requested()) return cancelled();
    ToolResult result = EVAL_TRY(run_tool(command));
    if (result.exit_code == 0 && !result.timed_out) return std::move(result.standard_output);
    if (access.stop.stop_requested()) return cancelled();
    Error error = error_of(result, reference);
    if (error.code != ErrorCode::Network || attempt >= access.tries) return fail(std::move(error));
    if (access.narrate) {
      access.narrate(fmt::format("{}: {}; trying again in {} s ({} of {})", reference.text(),
                                 error.what, pause.count(), attempt + 1, access.tries));
    }
    if (!wait(pause, access.stop)) return cancelled();
    pause *= 2;
  }
}

std::string source_of(const ImageReference& reference) {
  return "docker://" + reference.text();
}

std::string flag(std::string_view name, bool value) {
  return fmt::format("--{}={}", name, value);
}

}  // namespace

Result<std::string> fetch_manifest(const ImageReference& reference, const RegistryAccess& access) {
  ToolCommand command;
  command.argv = {"skopeo", "inspect", "--raw", flag("tls-verify", access.tls_verify),
                  source_of(reference)};
  command.timeout = kQuestionTime;
  return ask(std::move(command), reference, access);
}

Result<std::string> fetch_config(const ImageReference& reference, const RegistryAccess& access) {
  ToolCommand command;
  command.argv = {"skopeo",
                  "inspect",
                  "--raw",
                  "--config",
                  flag("tls-verify", access.tls_verify),
                  source_of(reference)};
  command.timeout = kQuestionTime;
  return ask(std::move(command), reference, access);
}

Result<void> fetch_blobs(const ImageReference& reference, const fs::path& stage,
                         const fs::path& blobs, const RegistryAccess& access) {
  ToolCommand command;
  command.argv = {"skopeo", "copy", "--quiet", flag("src-tls-verify", access.tls_verify),
                  // Compressing what comes plain would only be undone again.
                  "--dest-oci-accept-uncompressed-layers", "--remove-signatures",
                  "--dest-shared-blob-dir", blobs.string(), source_of(reference),
                  "oci:" + stage.string() + ":image"};
  command.timeout = kDownloadTime;
  EVAL_TRY(ask(std::move(command), reference, access));
  return {};
}

}  // namespace eval::sandbox::images
