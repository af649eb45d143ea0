#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>

#include "base/text.h"
#include "evaluator/cli/attempt_text.h"
#include "evaluator/cli/commands.h"
#include "problems/pull.h"

namespace eval::cli {
namespace {

struct PullFlags {
  std::string name;
  std::string url;
  std::string folder;
  std::string release;
  std::string checksums;
  std::vector<std::string> files;
  std::string rows;
};

Result<problems::PullPlan> plan_of(const PullFlags& flags) {
  if (!flags.files.empty()) return problems::PullPlan{problems::PullKind::Files, flags.files};
  if (!flags.rows.empty()) return problems::PullPlan{problems::PullKind::Rows, {flags.rows}};
  return problems::pull_plan(flags.name, flags.release);
}

// Names go below the folder and nowhere else.
Result<void> check_names(const problems::PullPlan& plan) {
  for (const std::string& name : plan.names) {
    if (!name.empty() && name.front() != '.' && name.find('/') == name.npos) continue;
    return fail(ErrorCode::Usage, fmt::format("\"{}\" is no file name", name));
  }
  return {};
}

// One line, redrawn on a terminal, printed now and then otherwise. Also called on the client's thread.
class PullProgress {
 public:
  explicit PullProgress(const Context& context)
      : context_(context), next_(std::chrono::steady_clock::now() + first_pause()) {}
  ~PullProgress() { clear(); }
  PullProgress(const PullProgress&) = delete;
  PullProgress& operator=(const PullProgress&) = delete;

  void show(const std::string& line) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (context_.quiet || now < next_) return;
    next_ = now + (context_.redraw ? kRedrawEvery : kPrintEvery);
    print_notice(fmt::format("{}{}{}", context_.redraw ? "\r\x1b[K" : "", printable(line),
                             context_.redraw ? "" : "\n"));
    std::fflush(stderr);
    drew_ = context_.redraw;
  }
  // Something else is printed, on a line of its own.
  void say(const std::string& line) {
    clear();
    narrate(context_, line);
  }

 private:
  static constexpr std::chrono::milliseconds kRedrawEvery{200};
  static constexpr std::chrono::milliseconds kPrintEvery{30'000};

  std::chrono::milliseconds first_pause() const {
    return context_.redraw ? std::chrono::milliseconds{0} : kPrintEvery;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    if (!drew_) return;
    print_notice("\r\x1b[K");
    std::fflush(stderr);
    drew_ = false;
  }

  const Context& context_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_;  // guarded by mutex_
  bool drew_ = false;                           // guarded by mutex_
};

Result<std::vector<problems::PulledFile>> run_pull(const Context& context, const PullFlags& flags,
                                                   const fs::path& folder) {
  const problems::PullPlan plan = EVAL_TRY(plan_of(flags));
  EVAL_TRY(check_names(plan));
  problems::PullOptions options;
  options.url = flags.url;
  options.folder = folder;
  if (!flags.checksums.empty()) {
    options.sha256 = EVAL_TRY(problems::read_sha256_sums(flags.checksums));
  }
  PullProgress progress(context);
  options.progress = [&progress](const std::string& line) { progress.show(line); };
  options.download.narrate = [&progress](const std::string& line) { progress.say(line); };
  const auto http = EVAL_TRY(HttpClient::create(1));
  return problems::pull(plan, options, *http, context.stop);
}

ExitCode pull(const Context& context, const PullFlags& flags) {
  const fs::path folder =
      flags.folder.empty() ? cache_folder(context) / "data" / flags.name : fs::path(flags.folder);
  const auto files = run_pull(context, flags, folder);
  if (!files) {
    const ExitCode code = report_error(files.error());
    if (code == ExitCode::Interrupted) {
      narrate(context, "what came is kept, and the same command goes on from here");
    }
    return code;
  }
  Json json = {{"folder", folder.string()}, {"files", Json::array()}};
  std::vector<std::vector<std::string>> table = {{"FILE", "BYTES", "SHA-256", ""}};
  for (const problems::PulledFile& file : *files) {
    json["files"].push_back({{"name", file.name},
                             {"bytes", file.size.count},
                             {"sha256", file.sha256},
                             {"was_there", file.was_there}});
    table.push_back({file.name, std::to_string(file.size.count), file.sha256,
                     file.was_there ? "was there" : "downloaded"});
  }
  if (context.json) {
    print_json(json);
    return ExitCode::Done;
  }
  print_result(format_table(table));
  print_result(folder.string());
  return ExitCode::Done;
}

}  // namespace

void add_pull_command(CLI::App& problems, Action& chosen) {
  CLI::App* command = problems.add_subcommand(
      "pull", "Download a data set by HTTP, going on where an earlier call stopped");
  const auto flags = std::make_shared<PullFlags>();
  command
      ->add_option(
          "name", flags->name,
          "Data set: " + join(problems::pull_names(), ", ") + "; any other with --file or --rows")
      ->required();
  command
      ->add_option("--from", flags->url,
                   "Where it is published: the folder of the files, or the whole address of the "
                   "pages of rows (docs/livecodebench.md)")
      ->envname("EVALCTL_PULL_URL")
      ->required();
  command->add_option("--to", flags->folder,
                      "Folder for the files (default: data/NAME in the cache folder)");
  command->add_option("--release", flags->release, "LiveCodeBench: files up to this release");
  command->add_option("--checksums", flags->checksums,
                      "File as sha256sum writes it: what the files must be");
  CLI::Option* files =
      command->add_option("--file", flags->files, "File to download, instead of those known");
  command
      ->add_option("--rows", flags->rows,
                   "Make this JSONL file of pages of rows, instead of what is known")
      ->excludes(files);
  command->callback([&chosen, flags] {
    chosen = [flags](const Context& context) { return pull(context, *flags); };
  });
}

}  // namespace eval::cli
