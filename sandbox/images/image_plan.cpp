#include <fmt/format.h>
#include <sys/stat.h>

#include <set>

#include "sandbox/images/image_store.h"
#include "sandbox/images/skopeo.h"
#include "sandbox/images/store_files.h"

namespace eval::sandbox::images {
namespace {

// Unpacked files to compressed bytes, where too little is here to measure it: 2.5 to 3.5 for distributions and
// Python environments.
constexpr double kExpansion = 4;

Result<std::string> checked(std::string text, const std::string& digest, std::string_view what) {
  if (digest_of(text) == digest) return text;
  return fail(ErrorCode::BadInput, fmt::format("{} is not what its digest says: {} instead of {}",
                                               what, digest_of(text), digest));
}

bool is_there(const fs::path& blob, Bytes size) {
  struct stat status {};
  return stat(blob.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<std::uint64_t>(status.st_size) == size.count && status.st_blocks > 0;
}

// Manifest and config of the image for this machine.
Result<ManifestAnswer> ask(ImageReference source, const RegistryAccess& access) {
  std::string text = EVAL_TRY(fetch_manifest(source, access));
  if (!source.digest.empty())
    text = EVAL_TRY(checked(std::move(text), source.digest, "the manifest"));
  const auto platform = EVAL_TRY(pick_platform(text, own_architecture()));
  source.tag.clear();
  if (platform) {
    source.digest = *platform;
    text = EVAL_TRY(fetch_manifest(source, access));
    text = EVAL_TRY(checked(std::move(text), *platform, "the manifest"));
  }
  ManifestAnswer answer;
  answer.digest = digest_of(text);
  // What comes from here on belongs to this manifest, whatever the tag is moved to.
  source.digest = answer.digest;
  // Before the config is asked for: it may be an artifact that has none.
  EVAL_TRY(read_image_manifest(text));
  answer.manifest = std::move(text);
  answer.config = EVAL_TRY(fetch_config(source, access));
  return answer;
}

// Fills in what is missing of the layers.
void count_missing(const fs::path& store, double expansion, PullPlan& plan) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < plan.manifest.layers.size(); ++i) {
    const Blob& blob = plan.manifest.layers[i];
    PlannedLayer layer{plan.config.diff_ids[i], blob.size, {}, {}, false};
    const bool is_first = seen.insert(blob.digest).second;
    if (const auto known = read_layer(store, layer.id)) {
      layer.here = true;
      layer.disk = known->disk;
      plan.layers_here += 1;
      if (is_first) plan.shared = plan.shared + blob.size;
    } else {
      layer.disk.count =
          static_cast<std::uint64_t>(static_cast<double>(blob.size.count) * expansion);
      if (!is_there(blob_path(store, blob.digest), blob.size)) layer.download = blob.size;
      if (is_first) {
        plan.download = plan.download + layer.download;
        // The blob lies beside its layer until that is whole.
        plan.disk = plan.disk + layer.disk + blob.size;
      }
    }
    plan.layers.push_back(std::move(layer));
  }
}

}  // namespace

Result<PullPlan> ImageStore::plan(std::string_view reference, const PullOptions& options,
                                  std::stop_token stop) const {
  PullPlan plan;
  plan.reference = EVAL_TRY(parse_image_reference(reference));
  const std::string name = plan.reference.text();
  plan.source = EVAL_TRY(mirrored(plan.reference, options.mirrors));
  const std::string place = plan.source.text();
  auto answer = recall_answer(folder_, place, options.answers_keep);
  if (!answer) {
    answer = EVAL_TRY_IN(
        ask(plan.source, {options.tls_verify, options.tries, std::move(stop), options.narrate}),
        name);
    if (options.answers_keep.count() > 0) keep_answer(folder_, place, *answer);
  }
  plan.digest = answer->digest;
  plan.source.tag.clear();
  plan.source.digest = plan.digest;
  plan.manifest = EVAL_TRY_IN(read_image_manifest(answer->manifest), name);
  const std::string config = EVAL_TRY_IN(
      checked(std::move(answer->config), plan.manifest.config.digest, "the image's config"), name);
  plan.config = EVAL_TRY_IN(read_image_config(config), name);
  if (plan.config.diff_ids.size() != plan.manifest.layers.size() || plan.config.diff_ids.empty()) {
    return fail(ErrorCode::BadInput,
                fmt::format("the image has {} layers in its manifest and {} in its config",
                            plan.manifest.layers.size(), plan.config.diff_ids.size()),
                name);
  }
  count_missing(folder_, options.expansion.value_or(expansion()), plan);
  return plan;
}

double ImageStore::expansion() const {
  return measured_expansion(folder_).value_or(kExpansion);
}

}  // namespace eval::sandbox::images
