#include "evaluator/pipeline/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/random.h"
#include "base/text.h"
#include "evaluator/pipeline/host.h"
#include "evaluator/prompt.h"
#include "evaluator/strategy.h"
#include "problems/livecodebench.h"
#include "version.h"

namespace eval::evaluator {
namespace {

// Lower-case letters, digits and single hyphens, so that a run id is easy to type and to name a file by.
std::string slug_of(std::string_view text, std::size_t length_max) {
  std::string slug;
  for (const char c : to_lower(text)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
    if (is_plain) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  slug.resize(std::min(slug.size(), length_max));
  while (slug.ends_with('-') || slug.ends_with('.')) slug.pop_back();
  return slug;
}

// "replay:/data/recorded/o1-mini.json" as "replay:o1-mini.json": what a model in a file is called is at the path's end,
// and a server's model has its maker before it.
std::string short_model(const std::string& model) {
  const std::size_t kind = model.find(':');
  if (kind == model.npos || model.starts_with("http:")) return model;
  std::string_view path = std::string_view(model).substr(kind + 1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return fmt::format("{}:{}", model.substr(0, kind), path.substr(path.rfind('/') + 1));
}

// Two runs that differ in anything that must agree get different ids by themselves.
std::string derived_run_id(const RunManifest& manifest, const std::string& suite_name) {
  return fmt::format("{}-{}-{}", slug_of(suite_name, 40), slug_of(short_model(manifest.model), 40),
                     manifest_key(manifest).substr(0, 8));
}

std::uint64_t attempt_seed(std::uint64_t run_seed, const std::string& problem_id, int index) {
  constexpr std::uint64_t kPositive = std::numeric_limits<std::int64_t>::max();
  return derive_seed(run_seed, problem_id, static_cast<std::uint64_t>(index)) & kPositive;
}

RunManifest make_manifest(const RunConfig& config, const runners::Runner* runner,
                          const Clock& clock) {
  RunManifest manifest;
  manifest.suite = config.suite.name;
  manifest.suite_title = config.suite.title;
  manifest.contest = config.suite.contest;
  manifest.model = config.model;
  if (runner != nullptr) manifest.runner = runner->description();
  manifest.strategy = config.strategy;
  manifest.extraction_rule = extraction_rule_name(config.extraction);
  manifest.prompt_template = prompt_name(config);
  manifest.attempts_per_problem = config.attempts.value_or(1);
  manifest.seed = config.seed;
  manifest.sampling = config.sampling;
  manifest.local = config.local;
  manifest.minutes_per_attempt = config.minutes_per_attempt;
  manifest.profile = config.profile;
  manifest.time_factor = config.time_factor;
  manifest.submission_cap = config.submission_cap;
  manifest.submission_scope = config.submission_scope;
  manifest.semantics = config.semantics;
  manifest.environments = config.environments;
  manifest.training_cutoff = config.training_cutoff;
  for (const problems::Problem& problem : config.suite.problems) {
    manifest.problem_ids.push_back(problem.id);
    const int planned = attempts_to_plan(config, runner, problem.id);
    manifest.attempts_per_problem = std::max(manifest.attempts_per_problem, planned);
  }
  manifest.evalctl_version = fmt::format("{} ({})", EVAL_VERSION, EVAL_COMMIT);
  manifest.host = describe_host();
  manifest.created_ms = clock.unix_ms();
  manifest.run_id =
      config.run_id.empty() ? derived_run_id(manifest, config.suite.name) : config.run_id;
  return manifest;
}

// Feedback on a turn's program is that of LiveCodeBench, and needs the judge.
Result<void> check_judged_turns(const RunConfig& config, const Strategy& strategy) {
  if (strategy.judged_turns == 0) return {};
  for (const problems::Problem& problem : config.suite.problems) {
    const bool is_program = std::holds_alternative<problems::ProgramTask>(problem.task);
    if (is_program && problems::livecodebench_facts(problem.source)) continue;
    return fail(
        ErrorCode::Usage,
        fmt::format("strategy \"{}\" is for LiveCodeBench's code generation, and \"{}\" is not "
                    "of it",
                    strategy.name, problem.id));
  }
  if (!config.generate || config.judge) return {};
  return fail(ErrorCode::Usage,
              fmt::format("strategy \"{}\" judges while it generates", strategy.name), {},
              "use `evalctl run`");
}

}  // namespace

int attempts_to_plan(const RunConfig& config, const runners::Runner* runner,
                     std::string_view problem_id) {
  const std::optional<int> available =
      runner == nullptr ? std::nullopt : runner->attempts_available(problem_id);
  const int asked = config.attempts.value_or(available.value_or(1));
  return std::max(1, std::min(asked, available.value_or(asked)));
}

std::string prompt_name(const RunConfig& config) {
  std::vector<std::string> names;
  for (const problems::Problem& problem : config.suite.problems) {
    const std::string name =
        prompt_template_for(problem, config.prompt_template).value_or(config.prompt_template);
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  if (config.preferred_languages.empty()) return join(names, " + ");
  return fmt::format("{} [{}]", join(names, " + "), join(config.preferred_languages, ", "));
}

std::vector<std::string> languages_of_prompt_name(std::string_view name) {
  const std::size_t open = name.find('[');
  if (open == std::string_view::npos || !name.ends_with(']')) return {};
  std::vector<std::string> languages;
  for (const std::string& id : split(name.substr(open + 1, name.size() - open - 2), ',')) {
    languages.emplace_back(trim(id));
  }
  return languages;
}

SubmissionOptions submission_options(const RunConfig& config) {
  return {config.extraction, config.preferred_languages,
          judges::semantics_from_name(config.semantics)};
}

Result<void> check_config(const RunConfig& config) {
  std::vector<Error> faults;
  if (config.generate && config.suite.problems.empty()) {
    faults.push_back({ErrorCode::Usage,
                      "no problem is selected",
                      "suite " + config.suite.name,
                      "`evalctl problems list` shows what there is",
                      0,
                      {}});
  }
  const auto semantics = judges::semantics_from_name(config.semantics);
  if (config.time_factor != 1 && semantics && *semantics != judges::Semantics::Process) {
    faults.push_back({ErrorCode::Usage,
                      fmt::format("{} has the time limits of the official evaluator, and "
                                  "--time-factor would change them",
                                  config.semantics),
                      {},
                      "leave it out, or add --semantics process",
                      0,
                      {}});
  }
  if (auto strategy = strategy_from_name(config.strategy); !strategy) {
    faults.push_back(std::move(strategy).error());
  } else if (auto fits = check_judged_turns(config, *strategy); !fits) {
    faults.push_back(std::move(fits).error());
  }
  for (const problems::Problem& problem : config.suite.problems) {
    auto name = prompt_template_for(problem, config.prompt_template);
    if (name) continue;
    faults.push_back(std::move(name).error());
    break;  // the same fault for every problem of this kind
  }
  for (const std::string& id : config.preferred_languages) {
    const judges::Languages& languages = judges::Languages::built_in();
    if (languages.find(id) != nullptr) continue;
    std::vector<std::string> ids;
    for (const judges::Language& language : languages.all()) ids.push_back(language.id);
    const auto close = closest_match(id, ids);
    faults.push_back(
        {ErrorCode::Usage,
         fmt::format("language \"{}\" is not known", id),
         {},
         close ? fmt::format("did you mean \"{}\"?", *close) : "known: " + join(ids, ", "),
         0,
         {}});
  }
  if (!faults.empty()) return fail(combine(std::move(faults)));
  return {};
}

RunPlan plan_run(const RunConfig& config, const runners::Runner* runner, const Clock& clock) {
  RunPlan plan;
  plan.manifest = make_manifest(config, runner, clock);
  for (const problems::Problem& problem : config.suite.problems) {
    plan.problems.push_back(snapshot_of(problem));
    const int attempts = attempts_to_plan(config, runner, problem.id);
    for (int index = 0; index < attempts; ++index) {
      plan.attempts.push_back({problem.id, index, attempt_seed(config.seed, problem.id, index)});
    }
  }
  return plan;
}

}  // namespace eval::evaluator
