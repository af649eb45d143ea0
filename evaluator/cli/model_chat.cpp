#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

#include "base/random.h"
#include "base/text.h"
#include "evaluator/cli/model_loading.h"
#include "evaluator/cli/model_tools.h"
#include "evaluator/local_source.h"

namespace eval::cli {
namespace {

using runners::local::LocalModel;
using runners::local::Reply;

struct ChatFlags {
  evaluator::RunSettings settings;
  std::string once;
  std::string system;
  std::optional<std::uint64_t> seed;
  int logprobs = 0;
};

constexpr int kPollMs = 50;
constexpr char kControlC = 3;

// The terminal hands over single keys, Ctrl-C among them, until this is destroyed.
class KeyMode {
 public:
  KeyMode() {
    if (isatty(STDIN_FILENO) != 1 || tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    is_set_ = tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
  }
  ~KeyMode() {
    if (is_set_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  KeyMode(const KeyMode&) = delete;
  KeyMode& operator=(const KeyMode&) = delete;

  // Waits a moment for a key; true if it was Ctrl-C.
  bool interrupted() const {
    if (!is_set_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
      return false;
    }
    pollfd input{STDIN_FILENO, POLLIN, 0};
    char key = 0;
    return poll(&input, 1, kPollMs) == 1 && read(STDIN_FILENO, &key, 1) == 1 && key == kControlC;
  }

 private:
  termios before_{};
  bool is_set_ = false;
};

class Chat {
 public:
  Chat(const Context& context, const ChatFlags& flags, const LocalModel& model,
       runners::SamplingParams sampling)
      : context_(context), flags_(flags), model_(model), sampling_(std::move(sampling)) {
    seed_ = flags.seed.value_or(random_bits());
    reset();
  }

  void reset() {
    prompt_.messages.clear();
    if (!flags_.system.empty()) prompt_.messages.push_back({runners::Role::System, flags_.system});
  }

  // Asks, and prints the reply as it comes. A reply that was cut short stays in the conversation.
  Result<Reply> ask(const std::string& text, bool stream) {
    prompt_.messages.push_back({runners::Role::User, text});
    sampling_.seed = derive_seed(seed_, "chat", turn_++);
    std::string raw;
    const auto show = [&](std::string_view piece) {
      raw += piece;
      if (stream) print_part(piece);
    };
    Result<Reply> reply = watched([&](const std::stop_token& stop) {
      return model_.reply(prompt_, sampling_, 0, flags_.logprobs, show, stop);
    });
    if (stream) print_result("");
    const bool was_cut = !reply && reply.error().code == ErrorCode::Cancelled;
    if (!reply && !was_cut) {
      prompt_.messages.pop_back();
      return reply;
    }
    prompt_.messages.push_back({runners::Role::Assistant, reply ? reply->text : raw});
    return reply;
  }

 private:
  // Runs `body` beside a look at the keyboard.
  template <class Body>
  Result<Reply> watched(const Body& body) {
    std::stop_source stop;
    const std::stop_callback outer(context_.stop, [&stop] { stop.request_stop(); });
    Result<Reply> result = fail(ErrorCode::Internal, "no reply");
    std::atomic<bool> is_done{false};
    const KeyMode keys;
    std::jthread asking([&] {
      result = body(stop.get_token());
      is_done = true;
    });
    while (!is_done) {
      if (keys.interrupted()) stop.request_stop();
    }
    asking.join();
    return result;
  }

  const Context& context_;
  const ChatFlags& flags_;
  const LocalModel& model_;
  runners::SamplingParams sampling_;
  runners::Prompt prompt_;
  std::uint64_t seed_ = 0;
  std::uint64_t turn_ = 0;
};

Json reply_json(const Reply& reply) {
  const runners::local::Completion& completion = reply.completion;
  Json json{{"text", reply.text},
            {"reasoning", reply.reasoning ? Json(*reply.reasoning) : Json(nullptr)},
            {"finish_reason", runners::finish_reason_name(completion.finish_reason)},
            {"prompt_tokens", completion.prompt_tokens},
            {"tokens", completion.tokens},
            {"token_sha256", runners::local::token_hash(completion.tokens)}};
  if (completion.sampled.empty()) return json;
  Json& list = json["logprobs"] = Json::array();
  for (const runners::local::SampledToken& token : completion.sampled) {
    Json likeliest = Json::array();
    for (const auto& [id, logprob] : token.likeliest) {
      likeliest.push_back({{"token", id}, {"logprob", logprob}});
    }
    list.push_back(
        {{"token", token.token}, {"logprob", token.logprob}, {"likeliest", std::move(likeliest)}});
  }
  return json;
}

void narrate_speed(const Context& context, const Reply& reply) {
  using Seconds = std::chrono::duration<double>;
  const auto& completion = reply.completion;
  const double first = Seconds(completion.first_token_time).count();
  const double rest = Seconds(completion.total_time).count() - first;
  const auto later = static_cast<double>(completion.tokens.size() - 1);
  const std::string rate =
      rest > 0 && later > 0 ? fmt::format(", {:.1f} tokens/s", later / rest) : "";
  narrate(context,
          fmt::format(
              "[{} tokens, first after {:.2f} s{}{}]", completion.tokens.size(), first, rate,
              completion.finish_reason == runners::FinishReason::Length ? ", cut by length" : ""));
}

// The next line of stdin; false at its end. A signal does not end a read, so on a terminal the read
// begins only when there is something.
bool read_line(const Context& context, std::string& line) {
  while (isatty(STDIN_FILENO) == 1 && !context.stop.stop_requested()) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, kPollMs) == 1) break;
  }
  return !context.stop.stop_requested() && std::getline(std::cin, line);
}

// Lines of stdin until its end, /quit or a signal.
ExitCode converse(const Context& context, Chat& chat) {
  narrate(context, "/reset starts anew, /quit or Ctrl-D ends, Ctrl-C stops a reply");
  std::string line;
  while (!context.stop.stop_requested()) {
    if (!context.quiet) print_notice("> ");
    std::fflush(stderr);
    if (!read_line(context, line)) break;
    const std::string text(trim(line));
    if (text == "/quit") return ExitCode::Done;
    if (text == "/reset") chat.reset();
    if (text.empty() || text == "/reset") continue;
    const auto reply = chat.ask(text, true);
    if (reply) {
      narrate_speed(context, *reply);
    } else if (reply.error().code == ErrorCode::Cancelled) {
      narrate(context, "[stopped]");
    } else {
      report_error(reply.error());
    }
  }
  return context.stop.stop_requested() ? ExitCode::Interrupted : ExitCode::Done;
}

Result<ExitCode> run_chat(const Context& context, const ChatFlags& flags) {
  if (flags.settings.model.empty()) {
    return fail(ErrorCode::Usage, "no model is named", {}, "name a checkpoint folder: --model DIR");
  }
  auto options = EVAL_TRY(evaluator::local_options(flags.settings, flags.settings.model));
  options.concurrency = 1;
  const auto model = EVAL_TRY(LocalModel::open(options, loading_hooks(context)));
  if (context.verbose) narrate(context, model->description());
  Chat chat(context, flags, *model, EVAL_TRY(sampling_params(flags.settings)));
  if (flags.once.empty()) return converse(context, chat);
  const Reply reply = EVAL_TRY(chat.ask(flags.once, !context.json));
  if (context.json) print_json(reply_json(reply));
  narrate_speed(context, reply);
  return ExitCode::Done;
}

}  // namespace

void add_model_chat(CLI::App& parent, Action& chosen) {
  CLI::App* command = parent.add_subcommand("chat", "Talk with a model");
  const auto flags = std::make_shared<ChatFlags>();
  add_model_flags(*command, flags->settings);
  add_sampling_flags(*command, flags->settings);
  command->add_option("--once", flags->once, "Ask this, print the reply, and end")
      ->type_name("TEXT");
  command->add_option("--system", flags->system, "The system message")->type_name("TEXT");
  command->add_option("--seed", flags->seed, "For the same replies again (default: by chance)")
      ->type_name("");
  command
      ->add_option("--logprobs", flags->logprobs,
                   "With --once and --format json: so many likeliest tokens at every place")
      ->check(CLI::Range(1, 100))
      ->type_name("");
  command->callback([&chosen, flags] {
    chosen = [flags](const Context& context) {
      const auto done = run_chat(context, *flags);
      return done ? *done : report_error(done.error());
    };
  });
}

}  // namespace eval::cli
