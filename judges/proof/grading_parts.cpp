#include "judges/proof/grading_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "judges/proof/procedure.h"
#include "judges/proof/prompts.h"

namespace eval::judges::proof {

std::string or_none(const std::string& text) {
  return text.empty() ? "(none)" : text;
}

// Numbered parts where they add up to the marks given here; a scheme with other full marks (the
// Putnam's ten) is shown for orientation, as nobody could add its parts up to seven.
std::string scheme_text(const problems::ProofTask& task) {
  double sum = 0;
  for (const problems::SchemePart& part : task.scheme) sum += part.points;
  const bool is_numbered = sum == kMarkMax;
  std::string text =
      task.scheme.empty() || is_numbered
          ? ""
          : fmt::format("The points of this scheme add up to {:g}: scale them to 7.\n\n", sum);
  int number = 0;
  for (const problems::SchemePart& part : task.scheme) {
    const std::string label = is_numbered ? fmt::format("{}.", ++number) : "-";
    text += fmt::format("{} ({:g} points) {}{}{}\n", label, part.points, part.title,
                        part.description.empty() ? "" : ": ", part.description);
  }
  return text;
}

double spread(const std::vector<Marked>& gradings) {
  double low = kMarkMax;
  double high = 0;
  for (const Marked& grading : gradings) {
    if (!grading.mark) continue;
    low = std::min(low, grading.mark->mark);
    high = std::max(high, grading.mark->mark);
  }
  return high - low;
}

TestResult test_of(std::string name, const Marked& grading) {
  TestResult test;
  test.testcase = fmt::format("{} ({})", name, grading.grader->name);
  test.verdict = grading.mark ? verdict_of_mark(grading.mark->mark) : Verdict::JE;
  if (grading.mark) {
    test.points = grading.mark->mark;
    test.checker_message = grading.mark->comment;
  }
  test.run_status = reply_fault_name(grading.reply.fault);
  test.passes = grading.reply.tries;
  test.wall_time = grading.reply.time;
  test.output_excerpt = grading.reply.text;
  return test;
}

TestResult text_result(std::string name, const std::string& text) {
  TestResult test;
  test.testcase = std::move(name);
  test.verdict = Verdict::AC;
  test.run_status = "written";
  test.output_excerpt = text;
  return test;
}

std::string count_text(const std::vector<Marked>& gradings) {
  std::map<std::string_view, int> faults;
  int marked = 0;
  for (const Marked& grading : gradings) {
    if (grading.mark)
      ++marked;
    else
      ++faults[reply_fault_name(grading.reply.fault)];
  }
  std::vector<std::string> parts;
  for (const auto& [name, count] : faults) parts.push_back(fmt::format("{} {}", count, name));
  return fmt::format("{} of {} gradings brought a mark{}", marked, gradings.size(),
                     parts.empty() ? "" : " (" + join(parts, ", ") + ")");
}

std::vector<SubtaskResult> part_results(const problems::ProofTask& task,
                                        const std::vector<Marked>& gradings, double mark) {
  std::vector<SubtaskResult> results;
  for (std::size_t i = 0; i < task.scheme.size(); ++i) {
    std::vector<double> points;
    for (const Marked& grading : gradings) {
      if (!grading.mark) continue;
      for (const PartMark& part : grading.mark->parts) {
        if (part.number == static_cast<int>(i) + 1) points.push_back(part.points);
      }
    }
    if (points.empty()) continue;
    const problems::SchemePart& part = task.scheme[i];
    const double median = aggregate_marks(points, MarkAggregation::Median);
    const Verdict verdict = median >= part.points ? Verdict::AC
                            : median > 0          ? Verdict::PC
                                                  : Verdict::WA;
    results.push_back({fmt::format("{}. {}", i + 1, part.title), verdict, median, part.points});
  }
  if (results.empty()) return results;
  results.push_back({"proof", verdict_of_mark(mark), mark, kMarkMax});
  return results;
}

std::string others_text(const std::vector<Marked>& gradings) {
  std::string text;
  char letter = 'A';
  for (const Marked& grading : gradings) {
    if (!grading.mark) continue;
    text += fmt::format("## Marker {}: {:g} points\n\n{}\n\n", letter++, grading.mark->mark,
                        make_inert(grading.mark->comment));
  }
  return fill_prompt(prompt_template("matharena-others-1"), {{"gradings", text}});
}

}  // namespace eval::judges::proof
