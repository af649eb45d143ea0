#include "evaluator/replay_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "evaluator/swe_bench_output.h"

namespace eval::evaluator {
namespace {

// A source file larger than this is not a program somebody wrote.
constexpr Bytes kSourceMax = Bytes::mib(4);

constexpr std::string_view kForms =
    "write replay:FILE, replay:submissions, replay:recorded, http:NAME or local:FOLDER";

Failure no_such_model(std::string_view text, const std::vector<std::string>& known,
                      std::string_view kind) {
  const auto close = closest_match(kind, known);
  return fail(ErrorCode::Usage, fmt::format("model \"{}\" is of no known kind", text), {},
              close ? fmt::format("did you mean \"{}:...\"?", *close) : std::string(kForms));
}

// The file a package says to start from comes first, where it names one.
std::vector<fs::path> ordered_files(const problems::ReferenceSubmission& reference) {
  std::vector<fs::path> files = reference.files;
  if (!reference.entry_point) return files;
  std::ranges::stable_partition(files, [&](const fs::path& file) {
    return file.filename() == *reference.entry_point || file.stem() == *reference.entry_point;
  });
  return files;
}

Result<runners::Generation> recorded_submission(const problems::ReferenceSubmission& reference) {
  runners::Generation generation;
  generation.text =
      fmt::format("Reference submission `{}` of the package, taken as it is.", reference.name);
  generation.model = "reference submissions";
  generation.fingerprint = "replay:submissions " + reference.name;
  generation.language = reference.language;
  for (const fs::path& file : ordered_files(reference)) {
    generation.files.push_back(
        {file.filename().string(), EVAL_TRY_IN(read_file(file, kSourceMax), reference.name)});
  }
  return generation;
}

// Of a recording that may be another one by the next call, which is another run then.
std::unique_ptr<runners::Runner> replay_of(runners::Recording recording,
                                           const std::string& description) {
  std::string with_hash = fmt::format("{} ({})", description, runners::recording_hash(recording));
  return runners::make_replay_runner(std::move(recording), std::move(with_hash));
}

Result<std::unique_ptr<runners::Runner>> replay_file(const fs::path& file,
                                                     const std::string& description) {
  return replay_of(EVAL_TRY(runners::read_recording(file)), description);
}

Result<std::unique_ptr<runners::Runner>> replay_named_file(const std::string& argument) {
  std::error_code ignored;
  if (!fs::exists(argument, ignored)) {
    const auto close = closest_match(argument, {"submissions", "recorded", "quickstart"});
    return fail(ErrorCode::NotFound, fmt::format("there is no recording \"{}\"", argument),
                "model replay:" + argument,
                close ? fmt::format("did you mean \"replay:{}\"?", *close)
                      : "name a file in a format of runners/FORMAT.md");
  }
  return replay_file(argument, "replay of " + argument);
}

Result<std::unique_ptr<runners::Runner>> replay_recorded(const problems::Suite& suite) {
  const fs::path file = suite.directory / "replies.jsonl";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    return fail(ErrorCode::NotFound,
                fmt::format("suite \"{}\" comes without recorded replies", suite.name),
                file.string(), "use replay:submissions, replay:FILE or http:NAME");
  }
  return replay_file(file, fmt::format("replay of the recording of suite {}", suite.name));
}

Result<std::unique_ptr<runners::Runner>> http(const RunSettings& settings, const std::string& model,
                                              runners::GenerationCache cache, std::string api_key) {
  if (settings.base_url.empty()) {
    return fail(ErrorCode::Usage, fmt::format("model \"http:{}\" needs a base URL", model), {},
                "give --base-url http://HOST:PORT/v1, EVALCTL_BASE_URL or base_url in the file");
  }
  runners::HttpRunnerOptions options;
  options.base_url = settings.base_url;
  options.model = model;
  options.api_key = std::move(api_key);
  if (settings.generate_workers > 0) options.concurrency = settings.generate_workers;
  options.tries = settings.request_tries;
  options.request_deadline = settings.request_timeout;
  options.idle_timeout = settings.idle_timeout;
  if (settings.request_cache) options.cache = std::move(cache);
  return runners::make_http_runner(std::move(options));
}

Result<runners::Recording> patch_recording(
    const problems::Suite& suite,
    const std::function<std::string(const problems::PatchTask&)>& patch_of) {
  runners::Recording recording;
  for (const problems::Problem& problem : suite.problems) {
    const auto* task = std::get_if<problems::PatchTask>(&problem.task);
    if (task == nullptr) continue;
    runners::Generation generation;
    generation.files = {{"patch.diff", patch_of(*task)}};
    recording[problem.id].push_back({std::move(generation)});
  }
  if (!recording.empty()) return recording;
  return fail(ErrorCode::BadInput,
              fmt::format("suite \"{}\" has no problem that takes a patch", suite.name), {},
              "the controls gold and empty are for SWE-bench");
}

}  // namespace

Result<ModelSpec> parse_model(std::string_view text) {
  if (trim(text).empty())
    return fail(ErrorCode::Usage, "no model is named", {}, std::string(kForms));
  std::error_code ignored;
  if (fs::is_directory(text, ignored)) return ModelSpec{ModelSpec::Kind::Local, std::string(text)};
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string argument(colon == text.npos ? "" : text.substr(colon + 1));
  if (kind != "replay" && kind != "http" && kind != "local" && kind != "swe-logs") {
    return no_such_model(text, {"replay", "http", "local", "swe-logs"}, kind);
  }
  if (argument.empty() || argument.starts_with("//")) {
    return fail(
        ErrorCode::Usage, fmt::format("model \"{}\" names nothing after \"{}:\"", text, kind), {},
        kind == "http" ? "write http:NAME, and the address as --base-url" : std::string(kForms));
  }
  if (kind == "http") return ModelSpec{ModelSpec::Kind::Http, argument};
  if (kind == "swe-logs") return ModelSpec{ModelSpec::Kind::SweLogs, argument};
  if (kind == "local") return ModelSpec{ModelSpec::Kind::Local, argument};
  if (argument == "submissions") return ModelSpec{ModelSpec::Kind::ReplaySubmissions, ""};
  if (argument == "recorded" || argument == "quickstart") {
    return ModelSpec{ModelSpec::Kind::ReplayRecorded, ""};
  }
  if (argument == "gold") return ModelSpec{ModelSpec::Kind::ReplayGold, ""};
  if (argument == "empty") return ModelSpec{ModelSpec::Kind::ReplayEmpty, ""};
  return ModelSpec{ModelSpec::Kind::ReplayFile, argument};
}

Result<runners::Recording> submissions_recording(const problems::Suite& suite) {
  runners::Recording recording;
  std::vector<Error> faults;
  for (const problems::Problem& problem : suite.problems) {
    const auto* task = std::get_if<problems::ProgramTask>(&problem.task);
    if (task == nullptr) continue;
    for (const problems::ReferenceSubmission& reference : task->reference_submissions) {
      auto generation = recorded_submission(reference);
      if (generation) {
        recording[problem.id].push_back({*std::move(generation)});
      } else {
        faults.push_back(std::move(generation).error().in("problem " + problem.id));
      }
    }
  }
  if (!faults.empty()) return fail(combine(std::move(faults)));
  if (recording.empty()) {
    return fail(ErrorCode::BadInput,
                fmt::format("no problem of suite \"{}\" has reference submissions", suite.name),
                suite.directory.string(), "put them below submissions/ of each package");
  }
  return recording;
}

Result<runners::Recording> gold_recording(const problems::Suite& suite) {
  return patch_recording(suite,
                         [](const problems::PatchTask& task) { return task.reference_patch; });
}

Result<runners::Recording> empty_recording(const problems::Suite& suite) {
  return patch_recording(suite, [](const problems::PatchTask&) {
    return std::string("diff --git a/.evalctl-control b/.evalctl-control\nnew file mode 100644\n");
  });
}

Result<std::unique_ptr<runners::Runner>> make_runner(const RunSettings& settings,
                                                     const problems::Suite& suite,
                                                     runners::GenerationCache cache,
                                                     std::string api_key,
                                                     const LocalLoading& loading) {
  const ModelSpec spec = EVAL_TRY(parse_model(settings.model));
  switch (spec.kind) {
    case ModelSpec::Kind::ReplayFile:
      return replay_named_file(spec.argument);
    case ModelSpec::Kind::ReplaySubmissions:
      return runners::make_replay_runner(EVAL_TRY(submissions_recording(suite)),
                                         "replay of the packages' reference submissions");
    case ModelSpec::Kind::ReplayRecorded:
      return replay_recorded(suite);
    case ModelSpec::Kind::ReplayGold:
      return runners::make_replay_runner(EVAL_TRY(gold_recording(suite)),
                                         "control: the reference patches");
    case ModelSpec::Kind::ReplayEmpty:
      return runners::make_replay_runner(EVAL_TRY(empty_recording(suite)),
                                         "control: patches that change nothing");
    case ModelSpec::Kind::SweLogs:
      return replay_of(EVAL_TRY(swe_logs_recording(spec.argument, suite)),
                       "replay of the logs in " + spec.argument);
    case ModelSpec::Kind::Http:
      return http(settings, spec.argument, std::move(cache), std::move(api_key));
    case ModelSpec::Kind::Local:
      return make_local_source(settings, spec.argument, loading);
  }
  return fail(ErrorCode::Internal, "a kind of model is not handled");
}

}  // namespace eval::evaluator
