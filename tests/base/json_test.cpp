#include "base/json.h"

#include <gtest/gtest.h>

#include "base/yaml.h"

namespace eval {
namespace {

TEST(ParseJson, NamesLineAndColumn) {
  const auto result = parse_json("{\n  \"a\": 1,\n  oops\n}", "f.json");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::BadInput);
  EXPECT_EQ(result.error().where, "f.json: line 3, column 3");
}

TEST(ParseJson, RefusesNumbersBeyondADouble) {
  const auto json = parse_json("[1e999]", "a.json");
  ASSERT_FALSE(json.has_value());
  EXPECT_EQ(json.error().what, "number overflow parsing '1e999'");
}

TEST(ReadInteger, RefusesWhatDoesNotFit) {
  const Json json =
      *parse_json(R"({"most": 9223372036854775807, "more": 9223372036854775808})", "");
  EXPECT_EQ(read_integer(json, "most", 0).value(), INT64_MAX);
  ASSERT_FALSE(read_integer(json, "more", 0).has_value());
  EXPECT_EQ(read_integer(json, "more", 0).error().code, ErrorCode::BadInput);
}

TEST(ParseJson, RefusesDeepNesting) {
  EXPECT_FALSE(parse_json(std::string(100'000, '['), "f"));
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\"", "f"));
}

TEST(ParseYaml, ReadsTheCoreSchema) {
  const Json value =
      parse_yaml("a: 1\nb: 1.5\nc: yes\nd: 'true'\ne: true\nf:\ng: [x, ~]\n", "f").value();
  EXPECT_EQ(to_json_line(value),
            R"({"a":1,"b":1.5,"c":"yes","d":"true","e":true,"f":null,"g":["x",null]})");
}

TEST(ParseYaml, KeepsVersionsAndDatesAsTexts) {
  const Json value = parse_yaml("v: 2025-09\nw: 1.2.3\nx: 0x10\n", "f").value();
  EXPECT_EQ(to_json_line(value), R"({"v":"2025-09","w":"1.2.3","x":"0x10"})");
}

TEST(ParseYaml, NamesLineAndColumn) {
  const auto result = parse_yaml("a: 1\nb: [1, 2\nc: 3\n", "p.yaml");
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().where.starts_with("p.yaml: line 3")) << result.error().where;
}

TEST(ParseYaml, RefusesDuplicateKeys) {
  EXPECT_FALSE(parse_yaml("a: 1\na: 2\n", "f"));
}

TEST(ParseYaml, KeepsTheLastOfDuplicateKeysWhereAskedTo) {
  const auto yaml = parse_yaml_leniently("a: 1\nb: 2\na: 3\n", "f.yaml");
  ASSERT_TRUE(yaml.has_value());
  EXPECT_EQ(yaml->value["a"], 3);
  EXPECT_EQ(yaml->repeated_keys, std::vector<std::string>{"a"});
}

TEST(ParseYaml, RefusesASecondDocument) {
  EXPECT_FALSE(parse_yaml("a: 1\n---\nb: 2\n", "f"));
  EXPECT_TRUE(parse_yaml("---\na: 1\n---\n", "f"));
  EXPECT_TRUE(parse_yaml("a: 1\n...\n", "f"));
  EXPECT_TRUE(parse_yaml("# nothing\n", "f").value().is_null());
}

// yaml-cpp 0.7 finds no end of empty documents in it.
TEST(ParseYaml, EndsOnAStrayComma) {
  EXPECT_FALSE(parse_yaml(",x\na: 1\n", "f"));
}

TEST(ParseJson, ReadsHalfAPairAsTheReplacementCharacter) {
  const auto text = [](std::string_view json) {
    const auto value = parse_json(json, "f");
    return value ? value->at(0).get<std::string>() : describe(value.error());
  };
  EXPECT_EQ(text(R"(["\ud83d\ude00"])"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(text(R"(["a\ud83d"])"), "a\xEF\xBF\xBD");
  EXPECT_EQ(text(R"(["\uDE00\n"])"), "\xEF\xBF\xBD\n");
  EXPECT_EQ(text(R"(["\ud83d\ud83d\ude00\u00e9"])"), "\xEF\xBF\xBD\xF0\x9F\x98\x80\xC3\xA9");
  // A backslash and a text that looks like an escape, before one that is.
  EXPECT_EQ(text(R"(["\\ud83d \ud83d"])"), "\\ud83d \xEF\xBF\xBD");
  EXPECT_FALSE(parse_json(R"(["\ud83d", ])", "f"));
  EXPECT_FALSE(parse_json(R"(["\ud83)", "f"));
}

TEST(ParseYaml, RefusesInvalidUtf8) {
  EXPECT_FALSE(parse_yaml("a: \xFF\n", "f"));
}

TEST(ParseYaml, RefusesExponentialAliases) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    std::string list;
    for (int j = 0; j < 10; ++j) list += (j > 0 ? ",*a" : "*a") + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + list + "]\n";
  }
  EXPECT_FALSE(parse_yaml(text, "f"));
}

TEST(CanonicalJson, SortsKeysAtEveryLevel) {
  const Json value = parse_json(R"({"b":{"z":1,"a":[{"y":1,"x":2}]},"a":1.0})", "f").value();
  EXPECT_EQ(to_canonical_json(value), R"({"a":1.0,"b":{"a":[{"x":2,"y":1}],"z":1}})");
}

TEST(ReadMember, SaysWhatWasExpected) {
  const Json value = parse_json(R"({"limit":"many"})", "f").value();
  const auto result = read_integer(value, "limit", 0);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "\"limit\" should be a whole number, but is \"many\"");
  EXPECT_EQ(read_integer(value, "absent", 7).value(), 7);
}

}  // namespace
}  // namespace eval
