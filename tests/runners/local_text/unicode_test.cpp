#include "runners/local/text/unicode.h"

#include <gtest/gtest.h>

namespace eval::runners::local {
namespace {

TEST(ReadUtf8, TellsWholeFromInvalidFromIncomplete) {
  EXPECT_EQ(read_utf8("\xe2\x82\xac").code_point, U'\u20ac');
  EXPECT_EQ(read_utf8("\xe2\x82").status, Utf8Status::Incomplete);
  EXPECT_EQ(read_utf8("\xe2\x82").bytes, 2U);
  EXPECT_EQ(read_utf8("\xe2\x28").status, Utf8Status::Invalid);
  EXPECT_EQ(read_utf8("\xc0\x80").status, Utf8Status::Invalid);          // overlong
  EXPECT_EQ(read_utf8("\xed\xa0\x80").status, Utf8Status::Invalid);      // a surrogate
  EXPECT_EQ(read_utf8("\xf4\x90\x80\x80").status, Utf8Status::Invalid);  // beyond U+10FFFF
  EXPECT_EQ(read_utf8("\xf0\x9f\x98z").bytes, 3U);                       // replaced as one
}

TEST(NormalizeUnicode, ComposesAndDecomposes) {
  EXPECT_EQ(normalize_unicode("e\u0301", NormalForm::Nfc), "\u00e9");
  EXPECT_EQ(normalize_unicode("\u00e9", NormalForm::Nfd), "e\u0301");
  EXPECT_EQ(normalize_unicode("\ufb01", NormalForm::Nfc), "\ufb01");
  EXPECT_EQ(normalize_unicode("\ufb01", NormalForm::Nfkc), "fi");
  EXPECT_EQ(normalize_unicode("\u1112\u1161\u11ab", NormalForm::Nfc), "\ud55c");
}

TEST(LowerUnicode, LowersTheDottedI) {
  EXPECT_EQ(lower_unicode("\u0130\u0416A"), "i\u0307\u0436a");
}

TEST(ByteCharacters, AreOneToOne) {
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(byte_of_character(character_of_byte(static_cast<unsigned char>(byte))), byte);
  }
  EXPECT_EQ(character_of_byte(' '), U'\u0120');
  EXPECT_EQ(byte_of_character(U'\u2581'), -1);
}

TEST(TrimLeftAndRight, KnowWhiteSpaceBeyondAscii) {
  EXPECT_EQ(trim_left("\u3000\n a"), "a");
  EXPECT_EQ(trim_right("a\u00a0\t"), "a");
  EXPECT_EQ(trim_right("\u2028"), "");
}

}  // namespace
}  // namespace eval::runners::local
