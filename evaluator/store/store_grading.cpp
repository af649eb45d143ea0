#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "evaluator/store/impl.h"
#include "evaluator/store/store.h"

// Proof grading: cards of graders, forms for people, and their marks.
namespace eval::evaluator {
namespace {

constexpr const char* kCardColumns =
    "SELECT grader, set_name, set_hash, card_json, created_ms FROM grader_cards";

CardRow card_of(const Statement& statement) {
  return {statement.text(0), statement.text(1), statement.text(2), statement.text(3),
          statement.integer(4)};
}

struct FormHead {
  std::int64_t row = 0;
  GradeFormRow form;
};

Result<FormHead> find_form_head(Database& database, const std::string& name) {
  Statement statement =
      EVAL_TRY(database.prepare("SELECT f.id, r.name, f.grader FROM grade_forms f "
                                "JOIN runs r ON r.id = f.run_id WHERE f.name = ?"));
  statement.bind(name);
  if (!EVAL_TRY(statement.step())) {
    return fail(ErrorCode::NotFound, fmt::format("database has no form \"{}\"", name),
                database.name(), "import into the database that the form was exported from");
  }
  FormHead head;
  head.row = statement.integer(0);
  head.form.name = name;
  head.form.run_id = statement.text(1);
  head.form.grader = statement.text(2);
  return head;
}

std::string encode_parts(const std::vector<std::pair<int, double>>& parts) {
  Json json = Json::array();
  for (const auto& [number, points] : parts) json.push_back(Json::array({number, points}));
  return to_json_line(json);
}

Result<std::vector<std::pair<int, double>>> decode_parts(const std::string& text) {
  const Json json = EVAL_TRY(parse_json(text, "parts_json"));
  std::vector<std::pair<int, double>> parts;
  for (const Json& part : json) {
    if (!part.is_array() || part.size() != 2 || !part[0].is_number() || !part[1].is_number()) {
      return fail(ErrorCode::BadInput, "a mark has damaged parts");
    }
    parts.emplace_back(part[0].get<int>(), part[1].get<double>());
  }
  return parts;
}

}  // namespace

Result<void> Store::add_card(const CardRow& card) {
  const std::lock_guard guard(impl_->mutex);
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "INSERT INTO grader_cards (grader, set_name, set_hash, card_json, created_ms) "
      "VALUES (?, ?, ?, ?, ?)"));
  statement.bind(card.grader).bind(card.set_name).bind(card.set_hash);
  return statement.bind(card.card_json).bind(card.created_ms).run();
}

Result<std::optional<CardRow>> Store::latest_card(const std::string& grader) {
  const std::lock_guard guard(impl_->mutex);
  Statement statement = EVAL_TRY(impl_->database.prepare(
      std::string(kCardColumns) + " WHERE grader = ? ORDER BY id DESC LIMIT 1"));
  statement.bind(grader);
  if (!EVAL_TRY(statement.step())) return std::optional<CardRow>();
  return std::optional<CardRow>(card_of(statement));
}

Result<std::vector<CardRow>> Store::cards() {
  const std::lock_guard guard(impl_->mutex);
  Statement statement =
      EVAL_TRY(impl_->database.prepare(std::string(kCardColumns) + " ORDER BY id"));
  std::vector<CardRow> cards;
  while (EVAL_TRY(statement.step())) cards.push_back(card_of(statement));
  return cards;
}

Result<void> Store::add_form(const GradeFormRow& form) {
  const std::lock_guard guard(impl_->mutex);
  Database& database = impl_->database;
  Transaction transaction = EVAL_TRY(Transaction::begin(database));
  const std::int64_t run = EVAL_TRY(run_row(database, form.run_id));
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO grade_forms (name, run_id, grader, created_ms) VALUES (?, ?, ?, ?)"));
  EVAL_TRY(
      statement.bind(form.name).bind(run).bind(form.grader).bind(impl_->clock->unix_ms()).run());
  const std::int64_t row = database.last_insert_id();
  Statement item_statement = EVAL_TRY(database.prepare(
      "INSERT INTO grade_form_items (form_id, code, attempt_id) VALUES (?, ?, ?)"));
  for (const GradeFormRow::Item& item : form.items) {
    EVAL_TRY(item_statement.bind(row).bind(item.code).bind(item.attempt_id).run());
  }
  return transaction.commit();
}

Result<GradeFormRow> Store::find_form(const std::string& name) {
  const std::lock_guard guard(impl_->mutex);
  FormHead head = EVAL_TRY(find_form_head(impl_->database, name));
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "SELECT code, attempt_id FROM grade_form_items WHERE form_id = ? ORDER BY id"));
  statement.bind(head.row);
  while (EVAL_TRY(statement.step())) {
    head.form.items.push_back({statement.text(0), statement.integer(1)});
  }
  return std::move(head.form);
}

Result<void> Store::add_human_marks(const std::string& form,
                                    const std::vector<HumanMarkRow>& marks) {
  const std::lock_guard guard(impl_->mutex);
  Database& database = impl_->database;
  Transaction transaction = EVAL_TRY(Transaction::begin(database));
  const FormHead head = EVAL_TRY(find_form_head(database, form));
  Statement find =
      EVAL_TRY(database.prepare("SELECT id FROM grade_form_items WHERE form_id = ? AND code = ?"));
  Statement insert = EVAL_TRY(
      database.prepare("INSERT INTO human_marks (item_id, points, parts_json, comment, marked_ms) "
                       "VALUES (?, ?, ?, ?, ?)"));
  for (const HumanMarkRow& mark : marks) {
    find.reset();
    find.bind(head.row).bind(mark.code);
    if (!EVAL_TRY(find.step())) {
      return fail(ErrorCode::BadInput,
                  fmt::format("form \"{}\" has no proof \"{}\"", form, mark.code), {},
                  "import the file as the form saved it");
    }
    insert.bind(find.integer(0)).bind(mark.points).bind(encode_parts(mark.parts));
    EVAL_TRY(insert.bind(mark.comment).bind(impl_->clock->unix_ms()).run());
  }
  find.reset();
  return transaction.commit();
}

Result<std::vector<HumanMarkRow>> Store::human_marks(const std::string& run_id) {
  const std::lock_guard guard(impl_->mutex);
  const std::int64_t run = EVAL_TRY(run_row(impl_->database, run_id));
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "SELECT i.code, i.attempt_id, f.grader, m.points, m.parts_json, m.comment, m.marked_ms "
      "FROM human_marks m JOIN grade_form_items i ON i.id = m.item_id "
      "JOIN grade_forms f ON f.id = i.form_id WHERE f.run_id = ? ORDER BY m.id"));
  statement.bind(run);
  std::vector<HumanMarkRow> marks;
  while (EVAL_TRY(statement.step())) {
    marks.push_back({statement.text(0), statement.integer(1), statement.text(2),
                     statement.number(3), EVAL_TRY(decode_parts(statement.text(4))),
                     statement.text(5), statement.integer(6)});
  }
  return marks;
}

}  // namespace eval::evaluator
