#include "base/xml.h"

#include <gtest/gtest.h>

namespace eval {
namespace {

TEST(Xml, IsATreeOfElements) {
  const auto root =
      parse_xml("<?xml version=\"1.0\"?><!-- c --><a x='1&amp;2'><b> t <c/></b><b/></a>", "f");
  ASSERT_TRUE(root) << describe(root.error());
  EXPECT_EQ(root->name, "a");
  EXPECT_EQ(root->attribute("x"), "1&2");
  EXPECT_EQ(root->attribute("y"), "");
  ASSERT_EQ(root->children.size(), 2U);
  EXPECT_EQ(root->child("b")->text, "t");
  ASSERT_NE(root->descendant("b/c"), nullptr);
  EXPECT_EQ(root->descendant("b/d"), nullptr);
  EXPECT_EQ(root->child("z"), nullptr);
}

TEST(Xml, NamesTheLineOfAMistake) {
  const auto root = parse_xml("<a>\n  <b></c>\n</a>", "file.xml");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, ErrorCode::BadInput);
  EXPECT_NE(root.error().where.find("file.xml: line 2"), std::string::npos) << root.error().where;
}

TEST(Xml, ExpandsNoEntitiesOfItsOwn) {
  const auto root = parse_xml("<!DOCTYPE a [<!ENTITY e SYSTEM \"/etc/passwd\">]><a>&e;</a>", "f");
  ASSERT_TRUE(root) << describe(root.error());
  EXPECT_EQ(root->text, "&e;");
}

TEST(Xml, RefusesWhatIsNestedTooDeeply) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "<a>";
  for (int i = 0; i < 1000; ++i) text += "</a>";
  EXPECT_FALSE(parse_xml(text, "f"));
  EXPECT_FALSE(parse_xml("", "f"));
  EXPECT_FALSE(parse_xml("\xFF", "f"));
}

}  // namespace
}  // namespace eval
