#include "evaluator/cli/model_info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "base/text.h"
#include "evaluator/pipeline/host.h"
#include "runners/local/checkpoint/checkpoint.h"
#include "runners/local/checkpoint/model_facts.h"
#include "runners/local/cuda/cuda_backend.h"

namespace eval::cli {
namespace {

namespace local = runners::local;

// Contexts that tell the cost of a sequence: a short problem, a reasoning run, the longest of today.
constexpr std::int64_t kContexts[] = {4'096, 32'768, 262'144};

std::vector<std::int64_t> contexts_of(const local::ModelConfig& config) {
  std::vector<std::int64_t> contexts;
  for (const std::int64_t context : kContexts) {
    if (context < config.context_max) contexts.push_back(context);
  }
  contexts.push_back(std::min(config.context_max, kContexts[2]));
  return contexts;
}

// "31.58 B", "596.05 M", "120.4 k": as model cards count.
std::string count_text(std::int64_t count) {
  const auto value = static_cast<double>(count);
  if (value >= 1e9) return fmt::format("{:.2f} B", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.2f} M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.1f} k", value / 1e3);
  return std::to_string(count);
}

// 262144 as "262,144".
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string share_text(std::int64_t part, std::int64_t whole) {
  const double share =
      whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return share > 0 && share < 0.1 ? "<0.1 %" : fmt::format("{:.1f} %", share);
}

// Columns [first, last) of `rows` padded on the left: numbers end where numbers end.
std::string right_aligned_table(std::vector<std::vector<std::string>> rows, std::size_t first,
                                std::size_t last) {
  for (std::size_t column = first; column < last; ++column) {
    std::size_t width = 0;
    for (const auto& row : rows) width = std::max(width, row[column].size());
    for (auto& row : rows) row[column].insert(0, width - row[column].size(), ' ');
  }
  const std::string table = format_table(rows);
  std::string text;
  for (const std::string_view line : split_lines(table)) text += fmt::format("  {}\n", line);
  return text;
}

template <class Shape>
const Shape* first_layer(const local::ModelConfig& config) {
  for (const local::LayerConfig& layer : config.layers) {
    if (const auto* shape = std::get_if<Shape>(&layer.mixer)) return shape;
  }
  return nullptr;
}

std::string attention_text(const local::ModelConfig& config, const local::AttentionShape& shape) {
  std::string text = fmt::format("{} heads of {} over {} of keys and values", shape.heads,
                                 shape.head_dim, shape.kv_heads);
  if (!shape.rope) {
    text += ", no positional encoding";
  } else {
    text += fmt::format(", rotary with base {}", shape.rope->theta);
    if (const auto& scaling = shape.rope->scaling) {
      text += fmt::format(" ({} scaling by {})",
                          scaling->low_frequency_factor ? "llama3" : "linear", scaling->factor);
    }
  }
  if (shape.qk_norm) text += ", queries and keys normed";
  if (shape.qkv_bias) text += ", with biases";
  std::set<int> windows;
  for (const local::LayerConfig& layer : config.layers) {
    const auto* other = std::get_if<local::AttentionShape>(&layer.mixer);
    if (other != nullptr && other->window) windows.insert(*other->window);
  }
  if (!windows.empty()) text += fmt::format(", window of {}", fmt::join(windows, " or "));
  return text;
}

std::string experts_text(const local::MoeShape& shape) {
  std::string text = fmt::format("{} of width {}, {} a token", shape.experts, shape.expert_width,
                                 shape.experts_per_token);
  if (shape.shared_width > 0) text += fmt::format("; a shared one of {}", shape.shared_width);
  if (shape.latent > 0) text += fmt::format("; in a latent space of {}", shape.latent);
  if (shape.groups > 1) text += fmt::format("; {} of {} groups", shape.groups_kept, shape.groups);
  return text;
}

std::string weights_text(const ModelInfo& info) {
  if (!info.has_weights) {
    return fmt::format("absent; in BF16 they would have {}",
                       to_string(local::weights_in_bf16(info.config)));
  }
  Bytes sum;
  std::vector<std::string> kinds;
  for (const auto& [dtype, bytes] : info.bytes_by_dtype) {
    sum = sum + bytes;
    kinds.push_back(fmt::format("{} {}", dtype, to_string(bytes)));
  }
  return fmt::format("{} in {} file{}: {}", to_string(sum), info.files, info.files == 1 ? "" : "s",
                     join(kinds, ", "));
}

std::string summary_text(const ModelInfo& info) {
  const local::ModelConfig& config = info.config;
  const local::ParameterCount count = local::count_parameters(config);
  std::vector<std::vector<std::string>> rows;
  rows.push_back({"architecture", std::string(local::architecture_name(config.architecture))});
  rows.push_back({"parameters", fmt::format("{} total, {} active a token", count_text(count.total),
                                            count_text(count.active))});
  rows.push_back({"weights", weights_text(info)});
  rows.push_back({"width", fmt::format("hidden {}, vocabulary {}{}", grouped(config.hidden),
                                       grouped(config.vocabulary),
                                       config.tied_head ? ", head tied to the embedding" : "")});
  if (const auto* shape = first_layer<local::AttentionShape>(config)) {
    rows.push_back({"attention", attention_text(config, *shape)});
  }
  if (const auto* shape = first_layer<local::MambaShape>(config)) {
    rows.push_back(
        {"Mamba-2", fmt::format("{} heads of {}, {} groups, state {}, kernel {}", shape->heads,
                                shape->head_dim, shape->groups, shape->state, shape->kernel)});
  }
  if (const auto* shape = first_layer<local::MoeShape>(config)) {
    rows.push_back({"experts", experts_text(*shape)});
  }
  rows.push_back({"context", grouped(config.context_max) + " tokens"});
  rows.push_back({"ends at", config.eos_ids.empty()
                                 ? "no token named by config.json"
                                 : fmt::format("token {}", fmt::join(config.eos_ids, ", "))});
  rows.push_back({"tokenizer", info.tokenizer.empty() ? "absent" : info.tokenizer});
  rows.push_back({"chat", info.chat_template.empty() ? "no template" : info.chat_template});
  return right_aligned_table(std::move(rows), 0, 0);
}

std::string parts_text(const local::ModelConfig& config) {
  const local::ParameterCount count = local::count_parameters(config);
  std::vector<std::vector<std::string>> rows{{"", "layers", "parameters", "share", "active"}};
  for (const local::ModelPart& part : local::model_parts(config)) {
    rows.push_back({part.name, part.layers == 0 ? "" : std::to_string(part.layers),
                    count_text(part.parameters), share_text(part.parameters, count.total),
                    count_text(part.active)});
  }
  rows.push_back({"all", std::to_string(config.layers.size()), count_text(count.total), "100.0 %",
                  count_text(count.active)});
  std::string text = right_aligned_table(std::move(rows), 1, 5);
  // Dense models repeat "*-"; only a hybrid's pattern tells something.
  if (config.architecture != local::Architecture::NemotronH) return text;
  return text + fmt::format("\n  {}\n  M Mamba-2, E experts, * attention, - MLP\n",
                            local::layer_pattern(config));
}

std::string state_text(const local::ModelConfig& config) {
  const local::SequenceState state = local::sequence_state(config);
  std::vector<std::vector<std::string>> rows;
  if (state.fixed().count > 0) {
    rows.push_back({"scan state", to_string(state.scan), "F32"});
    rows.push_back({"convolution", to_string(state.convolution), "BF16"});
  }
  rows.push_back({"keys and values",
                  grouped(static_cast<std::int64_t>(state.kv_per_token.count)) + " B",
                  "BF16, for each token"});
  for (const std::int64_t context : contexts_of(config)) {
    rows.push_back(
        {fmt::format("at {} tokens", grouped(context)), to_string(state.at(context)), ""});
  }
  return right_aligned_table(std::move(rows), 1, 2);
}

std::string fit_text(const ModelInfo& info, const std::vector<MemoryPlace>& places) {
  const local::ModelConfig& config = info.config;
  const Bytes weights = local::weights_in_bf16(config);
  const std::vector<std::int64_t> contexts = contexts_of(config);
  std::vector<std::vector<std::string>> rows{{"", "memory", "weights"}};
  for (const std::int64_t context : contexts) rows[0].push_back("at " + grouped(context));
  for (const MemoryPlace& place : places) {
    std::vector<std::string> row{place.name, to_string(place.size), to_string(weights)};
    for (const std::int64_t context : contexts) {
      const std::int64_t fit =
          local::sequences_that_fit(place.size, weights, local::sequence_state(config), context);
      row.push_back(fit < 0 ? "too large" : fit == 0 ? "none" : grouped(fit));
    }
    rows.push_back(std::move(row));
  }
  const std::size_t columns = rows[0].size();
  return right_aligned_table(std::move(rows), 1, columns);
}

// What tokenises and what writes chats, by its file alone: reading a vocabulary takes longer than all
// the rest.
void look_for_text_files(ModelInfo& info) {
  std::error_code error;
  const auto size = fs::file_size(info.folder / "tokenizer.json", error);
  if (!error) info.tokenizer = fmt::format("tokenizer.json, {}", to_string(Bytes{size}));
  if (fs::exists(info.folder / "chat_template.jinja", error)) {
    info.chat_template = "chat_template.jinja";
    return;
  }
  const auto text = read_file(info.folder / "tokenizer_config.json", Bytes::mib(64));
  if (!text) return;
  const auto config = parse_json(*text, "tokenizer_config.json");
  if (config && find_member(*config, "chat_template") != nullptr) {
    info.chat_template = "template of tokenizer_config.json";
  }
}

std::vector<MemoryPlace> places_here(const std::vector<std::string>& sizes,
                                     const local::cuda::CudaStatus& gpus,
                                     std::vector<Error>& faults) {
  std::vector<MemoryPlace> places;
  if (const auto memory = evaluator::host_memory()) {
    places.push_back({"RAM available now", memory->available});
    places.push_back({"RAM of this machine", memory->total});
  }
  for (const local::cuda::CudaDeviceInfo& gpu : gpus.devices) {
    places.push_back({gpu.name + ", free now", gpu.memory_free});
  }
  for (const std::string& text : sizes) {
    const auto size = parse_bytes(text);
    if (size) {
      places.push_back({"a device of " + text, *size});
    } else {
      faults.push_back(Error(size.error()).in("--memory"));
    }
  }
  return places;
}

struct InfoOptions {
  std::string folder;
  std::vector<std::string> memory;
  bool json = false;
};

ExitCode info_command(const InfoOptions& options, const Context& context) {
  std::vector<Error> faults;
  const local::cuda::CudaStatus gpus = local::cuda::cuda_status();
  const std::vector<MemoryPlace> places = places_here(options.memory, gpus, faults);
  if (!faults.empty()) return report_error(combine(std::move(faults)));
  const auto info = read_model_info(options.folder);
  if (!info) return report_error(info.error());
  for (const std::string& warning : info->warnings) narrate(context, "warning: " + warning);
  if (context.json || options.json) {
    print_json(model_info_json(*info, places));
  } else {
    print_result(model_info_text(*info, places) +
                 (gpus.devices.empty() ? "  no GPU: " + gpus.detail + "\n" : std::string()));
  }
  return ExitCode::Done;
}

}  // namespace

Result<ModelInfo> read_model_info(const fs::path& folder) {
  ModelInfo info;
  info.folder = folder;
  if (local::has_weights(folder)) {
    const local::Checkpoint checkpoint = EVAL_TRY(local::Checkpoint::open(folder));
    info.config = checkpoint.config();
    info.has_weights = true;
    info.files = checkpoint.file_count();
    info.warnings = checkpoint.warnings();
    info.bytes_by_dtype.assign(checkpoint.bytes_by_dtype().begin(),
                               checkpoint.bytes_by_dtype().end());
  } else {
    local::ConfigReading reading = EVAL_TRY(local::read_folder_config(folder));
    info.config = std::move(reading.config);
    info.warnings = std::move(reading.warnings);
  }
  look_for_text_files(info);
  return info;
}

std::string model_info_text(const ModelInfo& info, const std::vector<MemoryPlace>& places) {
  std::string text = info.folder.string() + "\n\n" + summary_text(info);
  text += "\nParameters\n" + parts_text(info.config);
  text += "\nState of one sequence\n" + state_text(info.config);
  if (!places.empty()) {
    text +=
        "\nSequences that fit beside weights in BF16, by their context\n" + fit_text(info, places);
  }
  return text;
}

Json model_info_json(const ModelInfo& info, const std::vector<MemoryPlace>& places) {
  const local::ModelConfig& config = info.config;
  const local::ParameterCount count = local::count_parameters(config);
  const local::SequenceState state = local::sequence_state(config);
  Json parts = Json::array();
  for (const local::ModelPart& part : local::model_parts(config)) {
    parts.push_back({{"name", part.name},
                     {"layers", part.layers},
                     {"parameters", part.parameters},
                     {"active", part.active}});
  }
  Json by_dtype = Json::object();
  for (const auto& [dtype, bytes] : info.bytes_by_dtype) by_dtype[dtype] = bytes.count;
  Json fits = Json::array();
  for (const MemoryPlace& place : places) {
    Json sequences = Json::array();
    for (const std::int64_t context : contexts_of(config)) {
      const std::int64_t fit =
          local::sequences_that_fit(place.size, local::weights_in_bf16(config), state, context);
      sequences.push_back({{"context", context}, {"sequences", std::max<std::int64_t>(0, fit)}});
    }
    fits.push_back({{"memory", place.name},
                    {"memory_bytes", place.size.count},
                    {"weights_bytes", local::weights_in_bf16(config).count},
                    {"sequences", sequences}});
  }
  return {{"folder", info.folder.string()},
          {"architecture", local::architecture_name(config.architecture)},
          {"parameters", {{"total", count.total}, {"active", count.active}, {"parts", parts}}},
          {"layers", config.layers.size()},
          {"layer_pattern", local::layer_pattern(config)},
          {"hidden", config.hidden},
          {"vocabulary", config.vocabulary},
          {"context_max", config.context_max},
          {"tied_head", config.tied_head},
          {"eos_ids", config.eos_ids},
          {"weights",
           {{"present", info.has_weights}, {"files", info.files}, {"bytes_by_dtype", by_dtype}}},
          {"state",
           {{"scan_bytes", state.scan.count},
            {"convolution_bytes", state.convolution.count},
            {"kv_bytes_per_token", state.kv_per_token.count}}},
          {"tokenizer", info.tokenizer.empty() ? Json() : Json(info.tokenizer)},
          {"chat_template", info.chat_template.empty() ? Json() : Json(info.chat_template)},
          {"fits", fits},
          {"warnings", info.warnings}};
}

void add_model_info(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = parent.add_subcommand(
      "info", "Describe a checkpoint: parameters, bytes, state, and how much of it fits where");
  command->add_option("FOLDER", options->folder, "Folder with config.json and, maybe, the weights")
      ->required();
  command->add_option("--memory", options->memory,
                      "Say also what fits into a device with this much memory: 80G (repeatable)");
  command->add_flag("--json", options->json, "The same as --format json");
  command->callback([&chosen, options] {
    chosen = [options](const Context& context) { return info_command(*options, context); };
  });
}

}  // namespace eval::cli
