#include "evaluator/cli/model_tokenize.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "evaluator/cli/commands.h"
#include "runners/local/text/tokenizer.h"

namespace eval::cli {
namespace {

namespace local = runners::local;

struct TokenizeOptions {
  std::string model;
  std::string text = "-";
  bool special = false;
};

Result<std::string> read_standard_input(std::size_t bytes_max) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), stdin)) {
    text.append(buffer.data(), got);
    if (text.size() > bytes_max) {
      return fail(ErrorCode::BadInput,
                  fmt::format("standard input holds more than {} MiB", bytes_max >> 20));
    }
  }
  return text;
}

// A token as a person can read it: what does not print is escaped, and so are bytes that are not
// whole characters.
std::string readable(std::string_view bytes) {
  std::string shown;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t invalid = find_invalid_utf8(bytes.substr(at)).value_or(bytes.size() - at);
    for (const char c : bytes.substr(at, invalid)) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '\n') {
        shown += "\\n";
      } else if (c == '\\' || c == '"') {
        shown += {'\\', c};
      } else if (byte < 0x20 || byte == 0x7f) {
        shown += fmt::format("\\x{:02x}", byte);
      } else {
        shown += c;
      }
    }
    at += invalid;
    if (at < bytes.size()) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[at]));
      ++at;
    }
  }
  return "\"" + shown + "\"";
}

Json token_json(const local::Tokenizer& tokenizer, local::TokenId id) {
  Json token = {{"id", id}};
  const std::string_view bytes = tokenizer.token_bytes(id);
  // Half a character has no text: such tokens give their bytes instead.
  if (!find_invalid_utf8(bytes)) {
    token["text"] = bytes;
  } else {
    token["bytes"] = Json::array();
    for (const char c : bytes) token["bytes"].push_back(static_cast<unsigned char>(c));
  }
  if (tokenizer.is_special(id)) token["control"] = true;
  return token;
}

void print_tokens(const local::Tokenizer& tokenizer, const std::vector<local::TokenId>& ids,
                  std::size_t bytes) {
  std::vector<std::vector<std::string>> rows = {{"id", "token", ""}};
  for (const local::TokenId id : ids) {
    rows.push_back({std::to_string(id), readable(tokenizer.token_bytes(id)),
                    tokenizer.is_special(id) ? "control" : ""});
  }
  std::string text = ids.empty() ? std::string() : format_table(rows) + "\n";
  text += fmt::format("{} tokens, {} bytes", ids.size(), bytes);
  if (!ids.empty()) {
    text += fmt::format(", {:.2f} bytes a token",
                        static_cast<double>(bytes) / static_cast<double>(ids.size()));
  }
  print_result(text + "\n");
}

Result<ExitCode> tokenize(const Context& context, const TokenizeOptions& options) {
  fs::path path = options.model;
  std::error_code error;
  if (fs::is_directory(path, error)) path /= "tokenizer.json";
  const local::Tokenizer tokenizer = EVAL_TRY(local::Tokenizer::load(path));
  const std::string text = options.text == "-"
                               ? EVAL_TRY(read_standard_input(local::Tokenizer::kTextBytesMax))
                               : options.text;
  const auto ids = EVAL_TRY(tokenizer.encode(
      text, options.special ? local::SpecialTokens::Parse : local::SpecialTokens::AsText));
  if (!context.json) {
    print_tokens(tokenizer, ids, text.size());
    return ExitCode::Done;
  }
  Json tokens = Json::array();
  for (const local::TokenId id : ids) tokens.push_back(token_json(tokenizer, id));
  print_json({{"bytes", text.size()},
              {"vocabulary", tokenizer.vocabulary_size()},
              {"ids", ids},
              {"tokens", tokens}});
  return ExitCode::Done;
}

}  // namespace

void add_model_tokenize(CLI::App& parent, Action& chosen) {
  CLI::App* command =
      parent.add_subcommand("tokenize", "Show the tokens of a text, by a checkpoint's tokenizer");
  const auto options = std::make_shared<TokenizeOptions>();
  command->add_option("--model", options->model, "Checkpoint folder, or a tokenizer.json")
      ->required();
  command->add_flag("--special", options->special,
                    "The text of a control token is that token, not text");
  command->add_option("text", options->text, "The text; -: standard input")->capture_default_str();
  command->callback([&chosen, options] {
    chosen = [options](const Context& context) {
      const auto code = tokenize(context, *options);
      return code ? *code : report_error(code.error());
    };
  });
}

}  // namespace eval::cli
