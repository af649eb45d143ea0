#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/check.h"
#include "base/clock.h"
#include "base/embedded.h"
#include "base/hash.h"
#include "base/text.h"
#include "reports/figures.h"
#include "reports/html_parts.h"
#include "reports/json_parts.h"
#include "reports/reports.h"

// Theory of operation. The page is a template with our style, our scripts and the two libraries, all
// embedded in the program. The run goes in as JSON inside <script type="application/json">, which a
// browser never executes: one block with what the grid shows, then the scripts, which draw it, and only
// then one block per problem, read when somebody opens it: a page of 10,000 attempts shows its grid
// while the browser is still loading the rest.
//
// What a model wrote is hostile until proven otherwise. It is only ever inside those blocks, where no
// character that HTML gives a meaning survives. The scripts put it on the page as text nodes. The
// Content-Security-Policy allows exactly our scripts and style, by hash, no network of any kind, and no
// string-to-HTML sink at all (Trusted Types), so a mistake in the scripts still runs nothing.

EVAL_EMBEDDED(eval_html_template)
EVAL_EMBEDDED(eval_html_style)
EVAL_EMBEDDED(eval_html_notices)
EVAL_EMBEDDED(eval_html_dom)
EVAL_EMBEDDED(eval_html_math)
EVAL_EMBEDDED(eval_html_markdown)
EVAL_EMBEDDED(eval_html_latex)
EVAL_EMBEDDED(eval_html_summary)
EVAL_EMBEDDED(eval_html_grid)
EVAL_EMBEDDED(eval_html_tests)
EVAL_EMBEDDED(eval_html_trajectory)
EVAL_EMBEDDED(eval_html_detail)
EVAL_EMBEDDED(eval_html_main)
EVAL_EMBEDDED(eval_katex)
EVAL_EMBEDDED(eval_highlight)

namespace eval::reports {
namespace {

// A text longer than this is shortened in the page: nobody reads on, and rendering would stall.
constexpr std::size_t kTextBytes = 200 * 1024;
// Small enough for 500 attempts of 100 turns each.
constexpr std::size_t kTextBytesMin = 1024;
// All texts of the page together; beyond it every text's share shrinks. Browsers open a page of this
// size from disk in about a second and refuse strings above 512 MiB.
constexpr std::size_t kPageBytes = 96 * 1024 * 1024;

// Ours first: the page is drawn before the libraries, which only an opened attempt needs, are read.
std::array<std::string_view, 12> scripts() {
  return {eval_html_dom(),     eval_html_math(), eval_html_markdown(), eval_html_latex(),
          eval_html_summary(), eval_html_grid(), eval_html_tests(),    eval_html_trajectory(),
          eval_html_detail(),  eval_html_main(), eval_katex(),         eval_highlight()};
}

std::string script_elements() {
  std::string text;
  for (const std::string_view script : scripts())
    text += fmt::format("<script>{}</script>\n", script);
  return text;
}

std::string content_policy() {
  std::string script_hashes;
  for (const std::string_view script : scripts()) script_hashes += " " + source_hash(script);
  return fmt::format(
      "default-src 'none'; script-src{}; style-src {}; img-src data:; connect-src 'none'; "
      "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types "
      "'none'",
      script_hashes, source_hash(eval_html_style()));
}

std::size_t text_bytes(const ReportModel& model, std::size_t limit) {
  std::size_t total = 0;
  const auto add = [&](std::string_view text) { total += std::min(text.size(), limit); };
  for (const ProblemView& problem : model.problems) {
    add(problem.statement);
    for (const AttemptView& attempt : problem.attempts) {
      add(attempt.reply);
      if (attempt.reasoning) add(*attempt.reasoning);
      for (const TurnView& turn : attempt.turns) {
        add(turn.reply);
        if (turn.reasoning) add(*turn.reasoning);
        if (turn.observation) add(*turn.observation);
      }
      if (attempt.prompt != problem.attempts.front().prompt) {  // a shared prompt is stored once
        for (const MessageView& message : attempt.prompt) add(message.content);
      }
      for (const SourceView& source : attempt.sources) add(source.content);
      if (!attempt.judgement) continue;
      add(attempt.judgement->compile_log);
      for (const judges::TestResult& test : attempt.judgement->tests) {
        add(test.checker_message);
        add(test.standard_error);
        add(test.output_excerpt);
      }
    }
  }
  return total;
}

// The share of each text that keeps the page below kPageBytes.
std::size_t text_limit(const ReportModel& model) {
  std::size_t limit = kTextBytes;
  while (limit > kTextBytesMin && text_bytes(model, limit) > kPageBytes) limit /= 2;
  return limit;
}

// A whole text is a string; a shortened one says how much is missing, so that the page can.
TextEncoder shortening_encoder(std::size_t limit) {
  return [limit](std::string_view text) {
    if (text.size() <= limit) return Json(std::string(text));
    std::size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return Json{{"text", std::string(text.substr(0, end))}, {"omitted_bytes", text.size() - end}};
  };
}

// What the grid needs of an attempt, as short as it can be: there may be 10,000 of them.
Json cell_json(const AttemptView& attempt) {
  return Json::array(
      {attempt.index,
       attempt.verdict ? Json(std::string(judges::verdict_name(*attempt.verdict))) : Json(nullptr),
       attempt.truncated ? 1 : 0, attempt.points});
}

Json summary_json(const ReportModel& model, std::size_t limit) {
  Json problems = Json::array();
  for (const ProblemView& problem : model.problems) {
    Json json = problem_to_json(problem);
    Json cells = Json::array();
    for (const AttemptView& attempt : problem.attempts) cells.push_back(cell_json(attempt));
    json["cells"] = std::move(cells);
    problems.push_back(std::move(json));
  }
  Json verdicts = Json::array();
  for (const judges::Verdict verdict : judges::kAllVerdicts) {
    verdicts.push_back(Json::array({std::string(judges::verdict_name(verdict)),
                                    std::string(judges::verdict_description(verdict))}));
  }
  return Json{{"generated", format_utc(model.generated_ms)},
              {"text_limit_bytes", limit},
              {"medal_headline", model.score.medal ? medal_headline(*model.score.medal) : ""},
              {"training", format_training(model)},
              {"verdicts", std::move(verdicts)},
              {"run", run_to_json(model.run)},
              {"score", score_to_json(model.score)},
              {"controls", controls_to_json(model.controls)},
              {"problems", std::move(problems)}};
}

// Statement and attempts. Attempts of a problem mostly share their prompt, so each different one is
// stored once.
Json problem_details(const ProblemView& problem, const TextEncoder& encode) {
  std::vector<const std::vector<MessageView>*> prompts;
  Json prompts_json = Json::array();
  Json attempts = Json::array();
  for (const AttemptView& attempt : problem.attempts) {
    const auto same = std::find_if(prompts.begin(), prompts.end(),
                                   [&](const auto* prompt) { return *prompt == attempt.prompt; });
    Json json = attempt_to_json(attempt, encode);
    json["explanation"] = explain(attempt);
    json["prompt"] = same - prompts.begin();
    if (same == prompts.end()) {
      prompts.push_back(&attempt.prompt);
      prompts_json.push_back(prompt_to_json(attempt.prompt, encode));
    }
    attempts.push_back(std::move(json));
  }
  return Json{{"statement_format", problem.statement_format},
              {"statement", encode(problem.statement)},
              {"prompts", std::move(prompts_json)},
              {"attempts", std::move(attempts)}};
}

std::string data_element(std::string_view id, const Json& json) {
  return fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>\n", id,
                     embed_json(json));
}

std::string detail_elements(const ReportModel& model) {
  const TextEncoder encode = shortening_encoder(text_limit(model));
  std::string text;
  for (std::size_t i = 0; i < model.problems.size(); ++i) {
    text +=
        data_element(fmt::format("data-problem-{}", i), problem_details(model.problems[i], encode));
  }
  return text;
}

std::string page_title(const RunView& run) {
  return fmt::format("{} · {} · evalctl", run.suite_title.empty() ? run.suite : run.suite_title,
                     run.model);
}

std::string fill(std::string_view name, const ReportModel& model) {
  if (name == "policy") return content_policy();
  if (name == "title") return escape_html(page_title(model.run));
  if (name == "style") return std::string(eval_html_style());
  if (name == "notices") return escape_html(eval_html_notices());
  if (name == "summary")
    return data_element("data-summary", summary_json(model, text_limit(model)));
  if (name == "scripts") return script_elements();
  EVAL_CHECK(name == "details");
  return detail_elements(model);
}

}  // namespace

std::string to_html(const ReportModel& model) {
  return fill_page(eval_html_template(), [&](std::string_view name) { return fill(name, model); });
}

}  // namespace eval::reports
