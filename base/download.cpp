#include "base/download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace eval {
namespace {

using std::chrono::milliseconds;

constexpr int kRedirectionsMax = 5;
constexpr milliseconds kPauseMax{60'000};
// The idle timeout ends what is stuck; this only bounds a trickle.
constexpr std::chrono::hours kExchangeMax{48};

// What to do after an exchange that brought no success.
struct Setback {
  std::string why;
  std::optional<milliseconds> wait = {};  // asked for by the server
};

Error cancelled() {
  return Error{ErrorCode::Cancelled, "the download was cancelled", {}, {}, 0, {}};
}

bool sleep_for(milliseconds time, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

// Counts tries without a gain, and waits between them.
class Patience {
 public:
  Patience(const DownloadOptions& options, std::string where, std::stop_token stop)
      : options_(options), where_(std::move(where)), stop_(std::move(stop)) {}

  Result<void> after(const Setback& setback, bool gained) {
    failures_ = gained ? 1 : failures_ + 1;
    if (failures_ >= options_.tries) {
      return fail(ErrorCode::Network,
                  fmt::format("{} tries in a row failed; the last: {}", failures_, setback.why),
                  where_, "the same command later goes on where this one stopped");
    }
    milliseconds wait = options_.pause * (1 << std::min(failures_ - 1, 16));
    wait = std::min(setback.wait.value_or(wait), kPauseMax);
    if (options_.narrate) {
      options_.narrate(
          fmt::format("{}: {}; trying again in {} ms", where_, setback.why, wait.count()));
    }
    if (!sleep_for(wait, stop_)) return fail(cancelled());
    return {};
  }

 private:
  const DownloadOptions& options_;
  const std::string where_;
  const std::stop_token stop_;
  int failures_ = 0;
};

bool is_passing(HttpFailure failure) {
  return failure == HttpFailure::Cut || failure == HttpFailure::Silent ||
         failure == HttpFailure::Deadline || failure == HttpFailure::NotConnected;
}

bool is_passing(int status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

std::optional<milliseconds> asked_wait(const HttpResponse& response) {
  const auto text = find_header(response.headers, "retry-after");
  if (!text) return std::nullopt;
  if (const auto seconds = parse_integer(*text)) {
    return std::chrono::seconds(std::clamp(*seconds, 0LL, 3600LL));
  }
  const auto then = parse_http_date(*text);
  const auto now = parse_http_date(find_header(response.headers, "date").value_or(""));
  if (!then || !now) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(*then - *now, 0, 3600));
}

Error refused(const HttpResponse& response, const std::string& where) {
  return Error{ErrorCode::Network,
               fmt::format("the server answers {}", response.status),
               where,
               "check the address",
               0,
               {}};
}

// An exchange with redirections followed. A failure that may pass is a Setback.
struct Answer {
  std::optional<HttpResponse> response;
  Setback setback;
};

Result<Answer> ask(HttpClient& http, HttpRequest request, std::stop_token stop) {
  for (int hop = 0;; ++hop) {
    HttpFailure failure = HttpFailure::Cut;
    const std::string url = request.url;
    auto response = http.perform(request, stop, &failure);
    if (!response) {
      if (stop.stop_requested()) return fail(cancelled());
      if (!is_passing(failure)) return fail(std::move(response).error());
      return Answer{std::nullopt, {response.error().what, {}}};
    }
    const int status = response->status;
    if (is_passing(status)) {
      return Answer{std::nullopt,
                    {fmt::format("the server answers {}", status), asked_wait(*response)}};
    }
    const auto location = find_header(response->headers, "location");
    if (status < 300 || status > 399 || !location) return Answer{std::move(*response), {}};
    request.url = EVAL_TRY(resolve_url(url, *location));
    const bool weaker = url.starts_with("https:") && !request.url.starts_with("https:");
    if (hop >= kRedirectionsMax || weaker) {
      return fail(ErrorCode::Network,
                  weaker ? "the server redirects from https to http"
                         : fmt::format("more than {} redirections", kRedirectionsMax),
                  EVAL_TRY(printable_url(url)));
    }
  }
}

// The file in the making and what is known about its origin.
class Part {
 public:
  static Result<Part> open(const fs::path& target, const std::string& url, bool sum_is_known) {
    Part part;
    part.file_ = target.string() + ".part";
    part.note_ = target.string() + ".part.json";
    part.url_hash_ = sha256_hex(url);  // not the address itself: a query may hold a secret
    EVAL_TRY(make_directories(target.parent_path()));
    part.fd_.reset(::open(part.file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!part.fd_.valid()) return fail(part.failed("cannot open a file"));
    const auto text = read_file(part.note_);
    const auto note = text ? parse_json(*text, part.note_.string()) : Result<Json>(Json());
    const bool is_ours =
        note && note->is_object() && read_string(*note, "url", "").value_or("") == part.url_hash_;
    if (is_ours) part.validator_ = read_string(*note, "validator", "").value_or("");
    if (!is_ours || (part.validator_.empty() && !sum_is_known)) {
      EVAL_TRY(part.begin_anew());
    } else {
      const off_t size = lseek(part.fd_.value(), 0, SEEK_END);
      part.size_ = size > 0 ? static_cast<std::uint64_t>(size) : 0;
    }
    return part;
  }

  std::uint64_t size() const { return size_; }
  const std::string& validator() const { return validator_; }
  const fs::path& file() const { return file_; }

  Result<void> begin_anew() {
    size_ = 0;
    if (ftruncate(fd_.value(), 0) < 0) return fail(failed("cannot empty a file"));
    return {};
  }

  // Bytes of this origin follow.
  Result<void> note_origin(const HttpResponse& response) {
    const std::string tag = find_header(response.headers, "etag").value_or("");
    validator_ = !tag.empty() && !tag.starts_with("W/")
                     ? tag
                     : find_header(response.headers, "last-modified").value_or("");
    return write_file(note_, to_json_line({{"url", url_hash_}, {"validator", validator_}}) + "\n");
  }

  Result<void> append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count =
          pwrite(fd_.value(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return fail(failed("cannot write a file"));
      size_ += static_cast<std::uint64_t>(count);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  Result<void> become(const fs::path& target) {
    if (fsync(fd_.value()) < 0 || rename(file_.c_str(), target.c_str()) < 0) {
      return fail(failed("cannot finish a file"));
    }
    std::error_code error;
    fs::remove(note_, error);
    return {};
  }

  void remove() {
    std::error_code error;
    fs::remove(file_, error);
    fs::remove(note_, error);
  }

 private:
  Error failed(std::string_view what) const {
    return system_error(ErrorCode::Io, std::string(what), errno, file_.string());
  }

  fs::path file_;
  fs::path note_;
  std::string url_hash_;
  UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::string validator_;
};

HttpRequest request_for(const std::string& url, const DownloadOptions& options) {
  HttpRequest request;
  request.url = url;
  request.headers = {{"Accept-Encoding", "identity"}};
  request.deadline = kExchangeMax;
  request.idle_timeout = options.idle_timeout;
  return request;
}

// Of the file whose bytes from `from` on follow; nullopt if the server does not say.
std::optional<Bytes> whole_size(const HttpResponse& response, std::uint64_t from) {
  const auto rest = parse_integer(find_header(response.headers, "content-length").value_or(""));
  if (!rest || *rest < 0) return std::nullopt;
  return Bytes{from + static_cast<std::uint64_t>(*rest)};
}

// One exchange that adds to `part`. nullopt: the file is whole.
Result<std::optional<Setback>> add_to(Part& part, HttpClient& http, const std::string& url,
                                      const DownloadOptions& options, std::stop_token stop) {
  if (part.validator().empty() && options.sha256.empty()) EVAL_TRY(part.begin_anew());
  const std::uint64_t from = part.size();
  HttpRequest request = request_for(url, options);
  request.response_limit = options.size_max;
  if (from > 0) {
    request.headers.emplace_back("Range", fmt::format("bytes={}-", from));
    if (!part.validator().empty()) request.headers.emplace_back("If-Range", part.validator());
  }
  // All are touched by the client's thread until perform() has returned, and by this one after.
  Result<void> written;
  std::optional<Bytes> whole;
  bool other_range = false;
  request.on_response = [&](const HttpResponse& response) {
    whole = whole_size(response, response.status == 206 ? from : 0);
    if (response.status == 206) {
      const std::string range = find_header(response.headers, "content-range").value_or("");
      other_range = !range.starts_with(fmt::format("bytes {}-", from));
      return !other_range;
    }
    written = part.begin_anew();
    if (written) written = part.note_origin(response);
    return written.has_value();
  };
  request.on_data = [&](std::string_view bytes) {
    if (part.size() + bytes.size() > options.size_max.count) {
      written = fail(ErrorCode::BadInput,
                     fmt::format("a file is larger than {} bytes", options.size_max.count));
    } else {
      written = part.append(bytes);
      if (written && options.progress) options.progress(Bytes{part.size()}, whole);
    }
    return written.has_value();
  };
  auto answer = ask(http, std::move(request), stop);
  if (!written) return fail(std::move(written).error());
  if (other_range) {
    EVAL_TRY(part.begin_anew());
    return Setback{"the server sent another part than it was asked for", {}};
  }
  if (!answer) return fail(std::move(answer).error());
  if (!answer->response) return answer->setback;
  const HttpResponse& response = *answer->response;
  if (response.status == 416 && from > 0) {
    // The file has become shorter, or what is here is all of it and nobody had said so.
    EVAL_TRY(part.begin_anew());
    return Setback{"the server does not have the rest of the file", {}};
  }
  if (response.status != 200 && response.status != 206) {
    return fail(refused(response, EVAL_TRY(printable_url(url))));
  }
  // A body without bytes calls nobody.
  if (response.status == 200 && find_header(response.headers, "content-length") == "0") {
    EVAL_TRY(part.begin_anew());
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> sha256_of_file(const fs::path& file) {
  const MappedFile mapped = EVAL_TRY(MappedFile::open(file));
  return sha256_hex(mapped.bytes());
}

Result<Downloaded> download(HttpClient& http, const std::string& url, const fs::path& target,
                            const DownloadOptions& options, std::stop_token stop) {
  const std::string where = EVAL_TRY(printable_url(url));
  Part part = EVAL_TRY(Part::open(target, url, !options.sha256.empty()));
  Patience patience(options, where, stop);
  Downloaded done;
  for (;;) {
    const std::uint64_t before = part.size();
    ++done.exchanges;
    const std::optional<Setback> setback = EVAL_TRY(add_to(part, http, url, options, stop));
    if (!setback) break;
    EVAL_TRY(patience.after(*setback, part.size() > before));
  }
  done.size = Bytes{part.size()};
  done.sha256 = EVAL_TRY(sha256_of_file(part.file()));
  if (!options.sha256.empty() && done.sha256 != options.sha256) {
    part.remove();
    return fail(
        ErrorCode::BadInput,
        fmt::format("the file has SHA-256 {}, and {} was expected", done.sha256, options.sha256),
        where, "the file was removed; the same command downloads it anew");
  }
  EVAL_TRY(part.become(target));
  return done;
}

Result<std::string> fetch_text(HttpClient& http, const std::string& url,
                               const DownloadOptions& options, std::stop_token stop) {
  const std::string where = EVAL_TRY(printable_url(url));
  Patience patience(options, where, stop);
  for (;;) {
    Answer answer = EVAL_TRY(ask(http, request_for(url, options), stop));
    if (!answer.response) {
      EVAL_TRY(patience.after(answer.setback, false));
      continue;
    }
    if (answer.response->status == 200) return std::move(answer.response->body);
    return fail(refused(*answer.response, where));
  }
}

}  // namespace eval
