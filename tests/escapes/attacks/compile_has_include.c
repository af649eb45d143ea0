// Tries: to learn which files exist on the machine, one question a compilation.
// Must stop it: only the tool chain's files exist in the box of the compiler.
#if __has_include("@BAIT_FILE@")
#error ESCAPED: the file of the judge exists
#endif
#if __has_include("/etc/shadow") || __has_include("/etc/hostname") || __has_include("/root/.bashrc")
#error ESCAPED: files of the machine exist
#endif
#if __has_include("/proc/1/environ") || __has_include("/proc/kallsyms") || \
                                                      __has_include("/sys/kernel/notes")
#error ESCAPED: files of the kernel exist
#endif

int main(void) {
  return 0;
}
