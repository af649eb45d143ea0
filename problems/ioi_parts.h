#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "problems/import.h"

// What IOI archives, TPS tasks and open-r1/ioi share: the task types of CMS with their parameters,
// and subtasks that name their testcases.
namespace eval::problems {

// A task type as CMS names it, with the parameters that decide how it is judged.
struct IoiTaskType {
  TaskType type = TaskType::Batch;
  std::string name;             // "Batch", as in the keys of its parameters
  bool uses_grader = true;      // compiled with a grader or stub, if the package has one
  int processes = 1;            // Communication
  bool uses_fifos = false;      // Communication: else standard streams
  std::string input_file = {};  // Batch; empty: standard input
  std::string output_file = {};
};

// "Batch", "batch" and "Batch2017" are the same. nullopt after the type was refused by name.
std::optional<IoiTaskType> ioi_task_type(Import& import, std::string name,
                                         const std::string& where);

// Reads `task_type_params`: a map of `task_type_parameters_TYPE_KEY`, the same as a JSON text, or
// (protocol version 2) the list that CMS itself stores. null: the defaults.
void read_type_parameters(Import& import, const Json& parameters, IoiTaskType& type,
                          const std::string& where);

// Where the programs of a task lie; the first that exists counts.
struct IoiFolders {
  std::vector<fs::path> graders;                       // folders with graders or stubs
  std::vector<fs::path> managers;                      // stems: "graders/manager"
  std::vector<fs::path> checkers;                      // stems: "checker/checker"
  std::vector<std::string> grader_names = {"grader"};  // basenames of graders
};

// Sets type, grader, manager and checker of the task.
void set_ioi_programs(Import& import, const IoiTaskType& type, const IoiFolders& folders,
                      const std::string& code, const std::string& where);

// A subtask as a file or row states it.
struct IoiSubtask {
  std::string name;
  double points = 0;
  std::vector<std::string> testcases;
  std::string where;  // file (and line) that states it
  bool is_output_only = false;
  bool takes_output = false;
};

// Adds tests/NAME.in and NAME.out of all testcases in the folder, in byte order of their names.
void add_ioi_testcases(Import& import, const fs::path& folder);
// Sets the root: each subtask is worth its points times the least fraction of its testcases, which
// may be in several; without subtasks every testcase counts the same, 100 together. A testcase that
// is not there is a fault.
void set_ioi_subtasks(Import& import, const std::vector<IoiSubtask>& subtasks);

// What the kind of a solution ("model_solution", "incorrect", ...) promises of its final verdict;
// empty: nothing.
std::vector<std::string> ioi_verdicts(std::string_view kind);

}  // namespace eval::problems
