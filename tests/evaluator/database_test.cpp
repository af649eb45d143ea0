#include "evaluator/store/database.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

// Statements that are kept for their next use.
namespace eval::evaluator {
namespace {

class StatementsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Database::open_temporary();
    ASSERT_TRUE(opened.has_value());
    database_.emplace(std::move(*opened));
    ASSERT_TRUE(
        database_->execute("CREATE TABLE facts (key TEXT); "
                           "INSERT INTO facts VALUES ('one'), ('two'), ('three')"));
  }

  std::optional<Database> database_;
};

TEST_F(StatementsTest, AreKeptOnceForEachText) {
  for (int use = 0; use < 3; ++use) {
    auto statement = database_->prepare("SELECT key FROM facts");
    ASSERT_TRUE(statement.has_value());
    EXPECT_EQ(database_->kept_statements(), 0u);  // it is in use
  }
  EXPECT_EQ(database_->kept_statements(), 1u);
}

TEST_F(StatementsTest, AreNotKeptWithoutEnd) {
  for (int number = 0; number < 1000; ++number) {
    ASSERT_TRUE(database_->query_integer(fmt::format("SELECT {}", number)).has_value());
  }
  EXPECT_EQ(database_->kept_statements(), 128u);
}

TEST_F(StatementsTest, ComeBackWithoutParameters) {
  const std::string_view text = "SELECT ?, ?";
  {
    auto first = database_->prepare(text);
    ASSERT_TRUE(first.has_value());
    ASSERT_TRUE(first->bind(5).bind(6).step().value_or(false));
  }
  auto second = database_->prepare(text);
  ASSERT_TRUE(second.has_value());
  ASSERT_TRUE(second->bind(7).step().value_or(false));
  EXPECT_EQ(second->integer(0), 7);
  EXPECT_TRUE(second->is_null(1));
}

TEST_F(StatementsTest, ComeBackBeforeTheFirstRow) {
  const std::string_view text = "SELECT key FROM facts ORDER BY rowid";
  {
    auto half_read = database_->prepare(text);
    ASSERT_TRUE(half_read.has_value());
    ASSERT_TRUE(half_read->step().value_or(false));
  }
  auto again = database_->prepare(text);
  ASSERT_TRUE(again.has_value());
  ASSERT_TRUE(again->step().value_or(false));
  EXPECT_EQ(again->text(0), "one");
}

TEST_F(StatementsTest, LeftHalfReadLockNothing) {
  {
    auto half_read = database_->prepare("SELECT key FROM facts");
    ASSERT_TRUE(half_read.has_value());
    ASSERT_TRUE(half_read->step().value_or(false));
  }
  // Refused while a statement reads the table.
  EXPECT_TRUE(database_->execute("DROP TABLE facts").has_value());
}

TEST_F(StatementsTest, OfOneTextAtOnceAreApart) {
  const std::string_view text = "SELECT key FROM facts ORDER BY rowid";
  auto first = database_->prepare(text);
  auto second = database_->prepare(text);
  ASSERT_TRUE(first.has_value() && second.has_value());
  ASSERT_TRUE(first->step().value_or(false));
  ASSERT_TRUE(first->step().value_or(false));
  ASSERT_TRUE(second->step().value_or(false));
  EXPECT_EQ(first->text(0), "two");
  EXPECT_EQ(second->text(0), "one");
}

TEST_F(StatementsTest, KnowOfAChangedSchema) {
  const std::string_view text = "SELECT * FROM facts WHERE key = 'one'";
  {
    auto before = database_->prepare(text);
    ASSERT_TRUE(before.has_value());
    ASSERT_TRUE(before->step().value_or(false));
  }
  ASSERT_TRUE(database_->execute("ALTER TABLE facts ADD COLUMN value TEXT DEFAULT 'added'"));
  auto after = database_->prepare(text);
  ASSERT_TRUE(after.has_value());
  ASSERT_TRUE(after->step().value_or(false));
  EXPECT_EQ(after->text(1), "added");
}

TEST_F(StatementsTest, OutliveAMoveOfTheirDatabase) {
  const std::string_view text = "SELECT count(*) FROM facts";
  ASSERT_TRUE(database_->query_integer(text).has_value());
  Database moved = std::move(*database_);
  EXPECT_EQ(moved.kept_statements(), 1u);
  EXPECT_EQ(moved.query_integer(text).value_or(0), 3);
}

}  // namespace
}  // namespace eval::evaluator
