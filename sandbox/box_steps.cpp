#include "sandbox/box_steps.h"

#include <fmt/format.h>

#include <cerrno>

namespace eval::sandbox {

using protocol::Step;

std::string_view step_name(Step step) {
  switch (step) {
    case Step::None:
      return "nothing";
    case Step::UserNamespaceMap:
      return "mapping the user namespace";
    case Step::Capabilities:
      return "keeping capabilities";
    case Step::ExecInit:
      return "starting the box's init";
    case Step::Session:
      return "leaving the supervisor's session";
    case Step::PrivateMounts:
      return "making mounts private";
    case Step::OpenTree:
      return "cloning a host folder's mount";
    case Step::RootMount:
      return "mounting the root";
    case Step::MakeDirectory:
      return "making a folder of the root";
    case Step::MakeSymlink:
      return "making a link of the root";
    case Step::MakeFile:
      return "making a file of the root";
    case Step::BindMount:
      return "binding a host folder";
    case Step::DeviceNode:
      return "making /dev";
    case Step::ProcMount:
      return "mounting /proc";
    case Step::ScratchMount:
      return "mounting the work folder";
    case Step::PivotRoot:
      return "entering the root";
    case Step::ReadOnlyRoot:
      return "making the root read-only";
    case Step::HostName:
      return "setting the host name";
    case Step::Landlock:
      return "setting up Landlock";
    case Step::DropCapabilities:
      return "dropping capabilities";
    case Step::OpenWorkFolder:
      return "opening the work folder";
    case Step::ResizeScratch:
      return "setting the size of the work folder";
    case Step::Clone:
      return "cloning the program's process";
    case Step::JoinCgroup:
      return "joining the cgroup";
    case Step::ResourceLimits:
      return "setting resource limits";
    case Step::Affinity:
      return "pinning to a core";
    case Step::SetUser:
      return "becoming the box's user";
    case Step::ChangeDirectory:
      return "entering the work folder";
    case Step::NoNewPrivileges:
      return "giving up new privileges";
    case Step::Seccomp:
      return "loading the system call filter";
    case Step::CloseDescriptors:
      return "closing descriptors";
    case Step::Redirect:
      return "connecting the standard streams";
    case Step::Exec:
      return "executing the program";
    case Step::Wait:
      return "waiting for the program";
    case Step::Clean:
      return "cleaning the box";
    case Step::Request:
      return "reading the request";
  }
  return "";
}

namespace {

std::string_view advice(Step step, int sys_errno) {
  const bool refused = sys_errno == EPERM || sys_errno == EACCES;
  if (step == Step::UserNamespaceMap || (refused && step <= Step::HostName)) {
    return "the system refuses what a box needs (user namespaces restricted, or a container "
           "without the right to mount); `evalctl doctor` says which, or run as root";
  }
  if (step == Step::Exec) {
    return "the program must be in the box: copied in, in a system folder, or below a readable "
           "host path";
  }
  return {};
}

}  // namespace

Error step_error(Step step, int sys_errno, std::string_view detail) {
  std::string what = fmt::format("the box failed at {}", step_name(step));
  if (!detail.empty()) what += fmt::format(" (\"{}\")", detail);
  Error error = system_error(ErrorCode::Infrastructure, what, sys_errno);
  error.help = advice(step, sys_errno);
  return error;
}

}  // namespace eval::sandbox
