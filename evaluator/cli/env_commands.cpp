#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/clock.h"
#include "evaluator/cli/commands.h"
#include "judges/swe/environment.h"
#include "sandbox/images/image_store.h"

namespace eval::cli {
namespace {

using sandbox::images::ImageStore;

struct EnvFlags {
  std::string store;
  std::vector<std::string> names;
  std::vector<std::string> mirrors;
  bool no_tls_verify = false;
  int tries = 3;
  std::string keep;
  bool all = false;
  bool unused = false;
};

Result<ImageStore> open_store(const Context& context, const EnvFlags& flags) {
  const fs::path folder =
      flags.store.empty() ? cache_folder(context) / "images" : fs::path(flags.store);
  return ImageStore::open(folder, judges::swe::environment_user());
}

Result<ExitCode> list(const Context& context, const EnvFlags& flags) {
  const ImageStore store = EVAL_TRY(open_store(context, flags));
  const auto images = EVAL_TRY(store.list());
  Json json = Json::array();
  std::vector<std::vector<std::string>> table = {
      {"IMAGE", "DIGEST", "LAYERS", "SIZE", "LAST USED"}};
  for (const auto& image : images) {
    json.push_back({{"reference", image.reference},
                    {"digest", image.digest},
                    {"layers", image.layers.size()},
                    {"bytes", image.bytes.count},
                    {"used_ms", image.used_ms}});
    table.push_back({image.reference, image.digest.substr(0, 19),
                     std::to_string(image.layers.size()), to_string(image.bytes),
                     format_utc(image.used_ms)});
  }
  if (context.json)
    print_json(json);
  else if (images.empty())
    narrate(context, "no image is stored in " + store.folder().string());
  else
    print_result(format_table(table));
  return ExitCode::Done;
}

Result<ExitCode> pull(const Context& context, const EnvFlags& flags) {
  ImageStore store = EVAL_TRY(open_store(context, flags));
  sandbox::images::PullOptions options;
  options.tls_verify = !flags.no_tls_verify;
  options.tries = flags.tries;
  for (const std::string& mirror : flags.mirrors) {
    options.mirrors.insert(EVAL_TRY(sandbox::images::parse_mirror(mirror)));
  }
  options.narrate = [&context](const std::string& line) { narrate(context, line); };
  options.progress = [&context](Bytes done, Bytes total) {
    if (context.redraw && !context.quiet)
      print_notice(fmt::format("\r\x1b[K{} of {}", to_string(done), to_string(total)));
  };
  Json json = Json::array();
  std::vector<std::vector<std::string>> table = {
      {"IMAGE", "DOWNLOADED", "SHARED", "LAYERS", "ON DISK"}};
  for (const std::string& name : flags.names) {
    const auto pulled = store.pull(name, options, context.stop);
    if (context.redraw && !context.quiet) print_notice("\r\x1b[K");
    if (!pulled) return fail(pulled.error());
    json.push_back({{"reference", pulled->image.reference},
                    {"digest", pulled->image.digest},
                    {"downloaded_bytes", pulled->downloaded.count},
                    {"shared_bytes", pulled->shared.count},
                    {"layers", pulled->layers},
                    {"layers_shared", pulled->layers_shared},
                    {"bytes", pulled->image.bytes.count}});
    table.push_back({pulled->image.reference, to_string(pulled->downloaded),
                     to_string(pulled->shared),
                     fmt::format("{}, {} shared", pulled->layers, pulled->layers_shared),
                     to_string(pulled->image.bytes)});
  }
  if (context.json)
    print_json(json);
  else
    print_result(format_table(table));
  return ExitCode::Done;
}

Result<ExitCode> prune(const Context& context, const EnvFlags& flags) {
  if (static_cast<int>(flags.all) + static_cast<int>(flags.unused) +
          static_cast<int>(!flags.keep.empty()) !=
      1) {
    return fail(ErrorCode::Usage, "prune needs one of --all, --unused and --keep-bytes");
  }
  ImageStore store = EVAL_TRY(open_store(context, flags));
  sandbox::images::PruneOptions options;
  options.unused_only = flags.unused;
  if (!flags.keep.empty()) options.keep = EVAL_TRY(parse_bytes(flags.keep));
  const auto pruned = EVAL_TRY(store.prune(options));
  if (context.json) {
    print_json({{"images", pruned.images},
                {"layers", pruned.layers},
                {"freed_bytes", pruned.freed.count},
                {"in_use", pruned.in_use}});
    return ExitCode::Done;
  }
  for (const std::string& image : pruned.images) print_result("removed " + image);
  print_result(fmt::format("{} images and {} layers removed, {} freed; {} images are in use",
                           pruned.images.size(), pruned.layers, to_string(pruned.freed),
                           pruned.in_use));
  return ExitCode::Done;
}

Result<ExitCode> disk_use(const Context& context, const EnvFlags& flags) {
  const ImageStore store = EVAL_TRY(open_store(context, flags));
  const auto usage = EVAL_TRY(store.usage());
  Json json = {{"folder", store.folder().string()},
               {"total_bytes", usage.total.count},
               {"images", Json::array()}};
  std::vector<std::vector<std::string>> table = {{"IMAGE", "LAYERS", "OF ITS OWN"}};
  for (const auto& image : usage.images) {
    json["images"].push_back({{"reference", image.reference},
                              {"bytes", image.total.count},
                              {"own_bytes", image.own.count}});
    table.push_back({image.reference, to_string(image.total), to_string(image.own)});
  }
  if (context.json) {
    print_json(json);
    return ExitCode::Done;
  }
  if (!usage.images.empty()) print_result(format_table(table));
  print_result(fmt::format("{} ({} bytes) in {}", to_string(usage.total), usage.total.count,
                           store.folder().string()));
  return ExitCode::Done;
}

CLI::App* add(CLI::App& parent, Action& chosen, const std::string& name, const std::string& about,
              const std::shared_ptr<EnvFlags>& flags,
              Result<ExitCode> (*action)(const Context&, const EnvFlags&)) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->add_option("--store", flags->store,
                      "Folder of the images; default: images in the cache");
  command->callback([&chosen, flags, action] {
    chosen = [flags, action](const Context& context) {
      const auto code = action(context, *flags);
      return code ? *code : report_error(code.error());
    };
  });
  return command;
}

}  // namespace

void add_env_commands(CLI::App& app, Action& chosen) {
  CLI::App* parent = app.add_subcommand("env", "Images in which SWE-bench's instances run");
  parent->require_subcommand(1);
  const auto flags = std::make_shared<EnvFlags>();
  add(*parent, chosen, "list", "Stored images, most recently used first", flags, list);
  add(*parent, chosen, "du", "What the images take on disk, as du counts it", flags, disk_use);
  CLI::App* command = add(*parent, chosen, "pull", "Fetch images from their registry", flags, pull);
  command->add_option("image", flags->names, "Names: swebench/sweb.eval...:latest")->required();
  command->add_option("--mirror", flags->mirrors, "REGISTRY=PLACE: fetch from there instead")
      ->allow_extra_args(false);
  command->add_flag("--no-tls-verify", flags->no_tls_verify,
                    "The registry has no valid certificate, or none");
  command->add_option("--tries", flags->tries, "Of one exchange with the registry")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command = add(*parent, chosen, "prune", "Remove images and layers", flags, prune);
  command->add_option("--keep-bytes", flags->keep,
                      "Remove the least recently used images until the layers fit: 200G");
  command->add_flag("--all", flags->all, "Remove every image that is not in use");
  command->add_flag("--unused", flags->unused, "Remove only what belongs to no image");
  add_env_plan_command(*parent, chosen);
}

}  // namespace eval::cli
