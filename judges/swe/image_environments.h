#pragma once

#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "judges/swe/environment.h"
#include "judges/swe/image_supply.h"
#include "problems/patch_task.h"
#include "sandbox/images/image_store.h"

// Environments from the images that the official harness runs, in our own boxes.
namespace eval::judges::swe {

// The row's own image, else the one that the official harness takes.
std::string image_name(const problems::PatchTask& task);

// Where the repository lies in an image: /testbed, in SWE-bench Pro's /app.
fs::path repository_in_image(const problems::PatchTask& task);

// What every bash of an image does first: the Python environment "testbed" is activated where the image has
// one, as the official evaluation script begins with. Its children do not do it again.
std::string activation_script();

// A working copy is the image's layers with one of ours on top: users and hosts, and the activation.
// Programs see themselves as root.
Result<std::unique_ptr<EnvironmentSource>> open_image_environments(
    sandbox::images::ImageStore store, const fs::path& scratch,
    const ImageEnvironmentOptions& options, MakeBox make_box);

}  // namespace eval::judges::swe
