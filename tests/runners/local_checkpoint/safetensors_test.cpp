#include "runners/local/checkpoint/safetensors.h"

#include <gtest/gtest.h>

#include "tests/support/checkpoint_writer.h"

namespace eval::runners::local {
namespace {

Result<std::vector<StoredTensor>> parse(const std::string& text) {
  return parse_safetensors(std::as_bytes(std::span(text.data(), text.size())), "a.safetensors");
}

std::string fault_of(const std::string& text) {
  const auto tensors = parse(text);
  if (tensors) return "(accepted)";
  EXPECT_EQ(tensors.error().code, ErrorCode::BadInput);
  EXPECT_EQ(tensors.error().where, "a.safetensors");
  EXPECT_TRUE(tensors.error().also.empty());
  return tensors.error().what;
}

std::string fault_of_header(std::string_view header, std::size_t data_bytes = 0) {
  return fault_of(safetensors_text(header, std::string(data_bytes, 'x')));
}

// One tensor "w" with these values of its three keys, in a file with 8 bytes of data.
std::string fault_of_tensor(std::string_view dtype, std::string_view shape,
                            std::string_view offsets) {
  return fault_of_header("{\"w\":{\"dtype\":" + std::string(dtype) +
                             ",\"shape\":" + std::string(shape) +
                             ",\"data_offsets\":" + std::string(offsets) + "}}",
                         8);
}

TEST(Safetensors, GivesNameTypeShapeAndBytesInOrderOfTheData) {
  const std::string text = safetensors_text(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[4,8]},)"
      R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}   )",
      "abcdefgh");
  const auto tensors = parse(text);
  ASSERT_TRUE(tensors) << describe(tensors.error());
  ASSERT_EQ(tensors->size(), 2u);
  EXPECT_EQ((*tensors)[0].name, "a");
  EXPECT_EQ((*tensors)[0].dtype, DType::F32);
  EXPECT_EQ((*tensors)[1].shape, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(static_cast<char>((*tensors)[1].bytes[0]), 'e');
  EXPECT_EQ((*tensors)[1].bytes.size(), 4u);
}

TEST(Safetensors, KnowsTypesThatNoWeightMayHave) {
  const auto tensors =
      parse(safetensors_text(R"({"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"F4","shape":[6],"data_offsets":[8,11]}})",
                             std::string(11, 'x')));
  ASSERT_TRUE(tensors) << describe(tensors.error());
  EXPECT_FALSE((*tensors)[0].dtype);
  EXPECT_EQ((*tensors)[0].dtype_text, "I64");
}

TEST(Safetensors, AcceptsEmptyTensorsAndAnEmptyFile) {
  EXPECT_TRUE(parse(safetensors_text("{}", "")));
  EXPECT_TRUE(parse(safetensors_text(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                     R"("b":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},)"
                                     R"("c":{"dtype":"F32","shape":[2,0],"data_offsets":[4,4]}})",
                                     "xxxx")));
}

TEST(Safetensors, IgnoresKeysOfLaterVersions) {
  EXPECT_TRUE(parse(safetensors_text(
      R"({"a":{"dtype":"U8","note":"new","level":3,"shape":[1],"data_offsets":[0,1]}})", "x")));
}

TEST(Safetensors, RefusesAFileThatIsTooShortForItsLength) {
  EXPECT_EQ(fault_of("1234567"), "a file of 7 bytes is too short for safetensors");
  EXPECT_EQ(fault_of(""), "a file of 0 bytes is too short for safetensors");
}

TEST(Safetensors, RefusesHostileHeaderLengths) {
  EXPECT_EQ(fault_of("\xff\xff\xff\xff\xff\xff\xff\xff{}"),
            "the header claims 18446744073709551615 bytes, more than the format's limit of "
            "100000000");
  EXPECT_EQ(fault_of(std::string("\x03\0\0\0\0\0\0\0{}", 10)),
            "the header claims 3 bytes, but the file has 10");
  EXPECT_EQ(fault_of(std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10)),
            "the header claims 100000001 bytes, more than the format's limit of 100000000");
}

TEST(Safetensors, RefusesAHeaderThatIsNoObject) {
  EXPECT_EQ(fault_of_header("[]"), "the header does not start with \"{\"");
  EXPECT_EQ(fault_of_header(""), "the header does not start with \"{\"");
  EXPECT_EQ(fault_of_header("{\"a\":"), "the header is not valid JSON at byte 6");
  EXPECT_EQ(fault_of_header("{} {}"), "the header is not valid JSON at byte 4");
  EXPECT_EQ(fault_of_header("{\"\xff\":1}"), "the header is not valid JSON at byte 3");
}

TEST(Safetensors, RefusesNestingAtOnce) {
  EXPECT_EQ(fault_of_header("{\"a\":" + std::string(100'000, '[')),
            "tensor \"a\" holds a list where none belongs");
  EXPECT_EQ(fault_of_tensor("\"F32\"", std::string(100'000, '['), "[0,8]"),
            "tensor \"w\" holds a list where none belongs");
  EXPECT_EQ(fault_of_header(R"({"a":{"dtype":{"b":1}}})"),
            "tensor \"a\" holds an object where none belongs");
  EXPECT_EQ(fault_of_header(R"({"__metadata__":{"a":{}}})"),
            "tensor \"__metadata__\" holds an object where none belongs");
}

TEST(Safetensors, RefusesANameOrKeyThatComesTwice) {
  EXPECT_EQ(fault_of_header(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                            R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                            2),
            "the header names tensor \"a\" twice");
  EXPECT_EQ(fault_of_header(R"({"a":{"dtype":"U8","shape":[1],"shape":[2]}})"),
            "tensor \"a\" gives \"shape\" twice");
}

TEST(Safetensors, RefusesIncompleteOrMistypedEntries) {
  EXPECT_EQ(fault_of_header(R"({"a":{"shape":[],"data_offsets":[0,0]}})"),
            "tensor \"a\" has no \"dtype\"");
  EXPECT_EQ(fault_of_header(R"({"a":{"dtype":"F32","data_offsets":[0,0]}})"),
            "tensor \"a\" has no \"shape\"");
  EXPECT_EQ(fault_of_header(R"({"a":{"dtype":"F32","shape":[]}})"),
            "tensor \"a\" has no \"data_offsets\"");
  EXPECT_EQ(fault_of_header(R"({"a":3})"), "tensor \"a\" is a number instead of an object");
  EXPECT_EQ(fault_of_header(R"({"a":"F32"})"), "tensor \"a\" is a text instead of an object");
  EXPECT_EQ(fault_of_tensor("7", "[2]", "[0,8]"), "tensor \"w\" has a number in \"dtype\"");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "2", "[0,8]"), "tensor \"w\" has a number in \"shape\"");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[-2]", "[0,8]"),
            "tensor \"w\" has a negative number in \"shape\"");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[2.0]", "[0,8]"),
            "tensor \"w\" has a number that is not whole in \"shape\"");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[\"2\"]", "[0,8]"), "tensor \"w\" has a text in \"shape\"");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "null", "[0,8]"), "tensor \"w\" has null in \"shape\"");
  EXPECT_EQ(fault_of_header(R"({"__metadata__":{"format":1}})"),
            "tensor \"__metadata__\" has a number under \"format\"");
}

TEST(Safetensors, RefusesUnknownTypes) {
  EXPECT_EQ(fault_of_tensor("\"Q4_K\"", "[2]", "[0,8]"),
            "tensor \"w\" has the unknown type \"Q4_K\"");
}

TEST(Safetensors, RefusesOffsetsOutsideTheFileOrInReverse) {
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[3]", "[0,12]"),
            "tensor \"w\" ends at byte 12, but the file has 8 bytes of data");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[2]", "[8,0]"),
            "tensor \"w\" ends at byte 0, before its begin 8");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[2]", "[18446744073709551608,18446744073709551615]"),
            "tensor \"w\" ends at byte 18446744073709551615, but the file has 8 bytes of data");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[2]", "[0,4,8]"),
            "tensor \"w\" does not have two numbers in \"data_offsets\"");
}

TEST(Safetensors, RefusesShapesThatDoNotMatchOrOverflow) {
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[3]", "[0,8]"),
            "tensor \"w\" of shape [3] in F32 needs 12 bytes, but has 8");
  // 2^63 * 2 wraps to 0 in 64 bits, and 2^62 * 32 bits to 0.
  EXPECT_EQ(fault_of_tensor("\"U8\"", "[9223372036854775807,4]", "[0,8]"),
            "tensor \"w\" has the impossible shape [9223372036854775807, 4]");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[4611686018427387904]", "[0,0]"),
            "tensor \"w\" has the impossible shape [4611686018427387904]");
  EXPECT_EQ(fault_of_tensor("\"F4\"", "[3]", "[0,1]"), "tensor \"w\" has the impossible shape [3]");
  EXPECT_EQ(fault_of_tensor("\"U8\"", "[1,1,1,1,1,1,1,1,8]", "[0,8]"),
            "tensor \"w\" has more than 8 numbers in \"shape\"");
}

TEST(Safetensors, RefusesOverlapsAndGaps) {
  EXPECT_EQ(fault_of_header(R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},)"
                            R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                            8),
            "tensors \"a\" and \"b\" overlap by 1 bytes");
  EXPECT_EQ(fault_of_header(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                            R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                            8),
            "1 bytes before tensor \"b\" belong to no tensor");
  EXPECT_EQ(fault_of_tensor("\"F32\"", "[1]", "[0,4]"), "4 bytes at the end belong to no tensor");
}

TEST(Safetensors, ShowsForeignNamesCutAndValid) {
  const std::string fault = fault_of_header("{\"" + std::string(10'000, 'n') + "\":3}");
  EXPECT_LT(fault.size(), 250u);
  EXPECT_TRUE(fault.starts_with("tensor \"nnnn"));
}

TEST(SafetensorsFile, NamesTheFileThatIsMissing) {
  const auto file = SafetensorsFile::open("/nonexistent/model.safetensors");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace eval::runners::local
