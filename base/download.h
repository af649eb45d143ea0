#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/http.h"

// Files and pages from servers that are slow, cut connections and ask for patience.
namespace eval {

struct DownloadOptions {
  // Of the whole file, lower-case hex; empty: not known.
  std::string sha256 = {};
  Bytes size_max = Bytes::gib(16);  // release files of benchmarks have some gigabytes
  // Tries in a row that brought no byte. Between them `pause`, doubled each time, or what the server
  // asks for, but never more than a minute.
  int tries = 6;
  std::chrono::milliseconds pause{1'000};
  std::chrono::milliseconds idle_timeout{60'000};
  // Told about each try that failed and will be repeated: one sentence a call.
  std::function<void(const std::string&)> narrate = {};
  // Told after each piece how much is there, and of how much if the server says. Called on the client's thread.
  std::function<void(Bytes, std::optional<Bytes>)> progress = {};
};

struct Downloaded {
  Bytes size;
  std::string sha256;
  int exchanges = 0;  // HTTP exchanges it took
};

// Brings the file at `url` to `target`, whole or not at all. Bytes gather beside it in "<target>.part"; a
// later call, also of another process, goes on after them if the server still has the same file: it asks
// for a range on the condition of the entity tag or date that it was given ("<target>.part.json"), and
// begins anew where the server gave neither, unless options.sha256 says in the end whether all is well.
//
// Redirections are followed, at most 5, and none from https to http. BadInput if the bytes do not have
// options.sha256 (they are removed), Network for an answer that no try will better (404) or after the last
// try, Io, Cancelled. One download of a target at a time.
Result<Downloaded> download(HttpClient& http, const std::string& url, const fs::path& target,
                            const DownloadOptions& options, std::stop_token stop);

// The body at `url`, up to 64 MiB, with the same patience.
Result<std::string> fetch_text(HttpClient& http, const std::string& url,
                               const DownloadOptions& options, std::stop_token stop);

// SHA-256 of a file, as lower-case hex.
Result<std::string> sha256_of_file(const fs::path& file);

}  // namespace eval
