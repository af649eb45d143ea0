#include "base/http.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "base/http_curl.h"

// Theory of operation. perform() makes an Exchange, appends it to `waiting_`, wakes the event loop
// and sleeps on a future. The loop thread alone touches the multi handle: it moves exchanges from
// `waiting_` into flight while there are free slots, lets libcurl work, ends what is done,
// cancelled or too slow, and sleeps in curl_multi_poll until a socket, a timer or a wake-up calls
// it. A stop request sets a flag in the exchange and wakes the loop; perform() returns only after
// the loop has let go of the exchange, so callbacks never outlive their caller.
namespace eval {

namespace {

using namespace std::chrono_literals;
using http::Exchange;
using http::Outcome;
using http::TimePoint;

// An exchange on its way through the client. Shared by perform() and the loop, because the promise
// must still exist while the loop is returning from the call that wakes perform().
struct Job {
  std::unique_ptr<Exchange> exchange;
  std::promise<Outcome> outcome;
  std::atomic<bool> cancelled = false;
};

// Nothing but its own clock needs the loop when it is idle; a wake-up ends the sleep at once.
constexpr auto kSleepMax = 60s;

void block_signals() {
  // Ctrl-C belongs to the main thread, and a write to a closed TLS connection must not raise
  // SIGPIPE: OpenSSL writes without MSG_NOSIGNAL.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

struct HttpClient::Impl {
  Impl(http::CurlMulti multi, std::size_t slots) : multi_(std::move(multi)), slots_(slots) {
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, long{CURLPIPE_NOTHING});
    // Keep as many idle connections as there can be exchanges.
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(slots));
    loop_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  ~Impl() {
    loop_.request_stop();
    wake();
    loop_.join();
  }

  void submit(std::shared_ptr<Job> job) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(job));
    }
    wake();
  }

  void cancel(Job& job) {
    job.cancelled = true;
    has_cancelled_ = true;
    wake();
  }

 private:
  void wake() { curl_multi_wakeup(multi_.get()); }

  void run(const std::stop_token& stop) {
    block_signals();
    while (!stop.stop_requested()) {
      if (has_cancelled_.exchange(false)) drop_cancelled();
      start_waiting();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      collect_finished();
      const auto sleep = drop_expired();
      // A freed slot is filled at once, without sleeping.
      if (can_start()) continue;
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(sleep.count()), nullptr);
    }
    drop_all();
  }

  bool can_start() {
    const std::lock_guard lock(mutex_);
    return !waiting_.empty() && in_flight_.size() < slots_;
  }

  void start_waiting() {
    const TimePoint now = std::chrono::steady_clock::now();
    while (in_flight_.size() < slots_) {
      std::shared_ptr<Job> job;
      {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty()) return;
        job = std::move(waiting_.front());
        waiting_.pop_front();
      }
      job->exchange->start(now);
      curl_easy_setopt(job->exchange->easy(), CURLOPT_PRIVATE, job.get());
      EVAL_CHECK(curl_multi_add_handle(multi_.get(), job->exchange->easy()) == CURLM_OK);
      in_flight_.push_back(std::move(job));
    }
  }

  void collect_finished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const Job* finished = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &finished);
      const auto at = std::find_if(in_flight_.begin(), in_flight_.end(),
                                   [&](const auto& job) { return job.get() == finished; });
      EVAL_CHECK(at != in_flight_.end());
      const std::shared_ptr<Job> job = *at;
      in_flight_.erase(at);
      let_go(*job, job->exchange->finish(code));
    }
  }

  // Ends what ran out of time; returns how long nothing else will.
  std::chrono::milliseconds drop_expired() {
    const TimePoint now = std::chrono::steady_clock::now();
    TimePoint next = now + kSleepMax;
    for (auto at = in_flight_.begin(); at != in_flight_.end();) {
      const std::shared_ptr<Job> job = *at;
      if (job->exchange->expired(now)) {
        at = in_flight_.erase(at);
        let_go(*job, job->exchange->abandon_expired());
      } else {
        next = std::min(next, job->exchange->next_check());
        ++at;
      }
    }
    // Rounded up: waking a moment too early would spin until the moment has come.
    return std::chrono::ceil<std::chrono::milliseconds>(
        std::max(next - now, TimePoint::duration(0)));
  }

  void drop_cancelled() {
    std::vector<std::shared_ptr<Job>> never_started;
    {
      const std::lock_guard lock(mutex_);
      const auto kept = std::stable_partition(waiting_.begin(), waiting_.end(),
                                              [](const auto& job) { return !job->cancelled; });
      never_started.assign(kept, waiting_.end());
      waiting_.erase(kept, waiting_.end());
    }
    for (const auto& job : never_started) {
      job->outcome.set_value(job->exchange->abandon(HttpFailure::Stopped));
    }
    for (auto at = in_flight_.begin(); at != in_flight_.end();) {
      const std::shared_ptr<Job> job = *at;
      if (job->cancelled) {
        at = in_flight_.erase(at);
        let_go(*job, job->exchange->abandon(HttpFailure::Stopped));
      } else {
        ++at;
      }
    }
  }

  void drop_all() {
    std::deque<std::shared_ptr<Job>> never_started;
    {
      const std::lock_guard lock(mutex_);
      never_started.swap(waiting_);
    }
    for (const auto& job : never_started) {
      job->outcome.set_value(job->exchange->abandon(HttpFailure::Stopped));
    }
    for (const auto& job : std::exchange(in_flight_, {})) {
      let_go(*job, job->exchange->abandon(HttpFailure::Stopped));
    }
  }

  void let_go(Job& job, Outcome outcome) {
    curl_multi_remove_handle(multi_.get(), job.exchange->easy());
    job.outcome.set_value(std::move(outcome));
  }

  http::CurlMulti multi_;
  const std::size_t slots_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Job>> waiting_;  // guarded by mutex_
  std::atomic<bool> has_cancelled_ = false;
  std::vector<std::shared_ptr<Job>> in_flight_;  // loop thread only
  std::jthread loop_;                            // last: it uses all of the above
};

Result<std::unique_ptr<HttpClient>> HttpClient::create(int max_in_flight) {
  if (max_in_flight < 1) {
    return fail(ErrorCode::Usage,
                fmt::format("an HTTP client needs at least one slot, not {}", max_in_flight));
  }
  EVAL_TRY(http::initialise_curl());
  http::CurlMulti multi(curl_multi_init());
  if (!multi) return fail(ErrorCode::Internal, "libcurl has no memory for a client");
  auto impl = std::make_unique<Impl>(std::move(multi), static_cast<std::size_t>(max_in_flight));
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(impl)));
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::perform(HttpRequest request, std::stop_token stop,
                                         HttpFailure* failure) {
  const auto report = [&](HttpFailure why) {
    if (failure != nullptr) *failure = why;
  };
  auto exchange = Exchange::create(std::move(request));
  if (!exchange) {
    report(HttpFailure::BadRequest);
    return Failure(std::move(exchange).error());
  }
  const auto job = std::make_shared<Job>();
  job->exchange = *std::move(exchange);
  std::future<Outcome> done = job->outcome.get_future();
  impl_->submit(job);
  // A token that was stopped before runs the callback here and now.
  const std::stop_callback on_stop(stop, [&] { impl_->cancel(*job); });
  Outcome outcome = done.get();
  if (!outcome.response) report(outcome.failure);
  return std::move(outcome.response);
}

}  // namespace eval
