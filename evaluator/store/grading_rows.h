#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Rows about proof grading, as the store keeps them.
namespace eval::evaluator {

struct CardRow {
  std::string grader;
  std::string set_name;
  std::string set_hash;
  std::string card_json;
  std::int64_t created_ms = 0;
  friend bool operator==(const CardRow&, const CardRow&) = default;
};

// A blinded form: which attempt hides behind each code is known here alone.
struct GradeFormRow {
  struct Item {
    std::string code;
    std::int64_t attempt_id = 0;
    friend bool operator==(const Item&, const Item&) = default;
  };
  std::string name;
  std::string run_id;
  std::string grader;
  std::vector<Item> items;
  friend bool operator==(const GradeFormRow&, const GradeFormRow&) = default;
};

struct HumanMarkRow {
  std::string code;                           // of the item; when read, also:
  std::int64_t attempt_id = 0;                // whose proof it is
  std::string grader;                         // who marked
  double points = 0;                          // 0 .. points_max of the problem
  std::vector<std::pair<int, double>> parts = {};  // number of the part from 1, points
  std::string comment = {};
  std::int64_t marked_ms = 0;
  friend bool operator==(const HumanMarkRow&, const HumanMarkRow&) = default;
};

}  // namespace eval::evaluator
