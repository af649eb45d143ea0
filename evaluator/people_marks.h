#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "evaluator/store/store.h"
#include "judges/judgement.h"
#include "reports/grading_page.h"

// Marks by people: blinded forms out, marks in, and what they come to.
namespace eval::evaluator {

// Two markers whose marks (of 7) differ by more than this need a third.
inline constexpr double kDisputeMarks = 2;

enum class FormProofs {
  Open,  // proofs that this grader has not marked and that still need a mark (the default)
  All,   // all that this grader has not marked
};

struct FormOptions {
  std::string grader;      // who will mark
  std::uint64_t seed = 0;  // of the order and the codes
  FormProofs proofs = FormProofs::Open;
};

// A form with the run's proofs for one person, in shuffled order under codes that tell nothing: no
// model, attempt, grader's mark or other person's mark is on it. The form is registered in the store;
// the codes are resolved there alone. NotFound if there is nothing to mark.
Result<reports::GradeForm> make_grade_form(Store& store, const std::string& run_id,
                                           const FormOptions& options);

struct ImportOutcome {
  std::string form, run_id, grader;
  int marks = 0;
  int settled = 0;   // attempts that got a judgement of people by this import
  int waiting = 0;   // attempts that need a second marker
  int disputed = 0;  // attempts whose markers differ by more than 2, and that need a third
};

// Reads the file a form saved (the JSON of to_grade_form), stores the marks, and settles what can be
// settled. Faults (another format, unknown codes, marks out of range) come together and then nothing is
// stored.
Result<ImportOutcome> import_marks(Store& store, std::string_view json, const std::string& where);

// What several people's marks come to. One mark is not enough; of two that differ by at most 2 (of 7)
// the mean; of three or more the median (of an even number the mean of the middle two). A person's
// later mark replaces the earlier. nullopt: not settled yet.
enum class PeopleState { None, Waiting, Disputed, Settled };
struct PeopleVerdict {
  PeopleState state = PeopleState::None;
  std::optional<double> points;
  std::vector<HumanMarkRow> marks;  // one per person, the latest
};
PeopleVerdict settle(std::vector<HumanMarkRow> marks, double points_max);

// The judgement of people for the store: outranks every judgement by models.
judges::Judgement people_judgement(const PeopleVerdict& verdict, const ProblemSnapshot& problem);

}  // namespace eval::evaluator
