// Tries: to have the compiler load code by options inside the source: plug-ins, other tools, wrappers.
// Must stop it: the compiler takes no such options from a source; its box holds it anyway.
#pragma GCC optimize("-fplugin=/box/plugin.so")
#pragma GCC optimize("-wrapper /bin/sh,-c,id")
#pragma GCC target("-specs=/box/specs")
#pragma GCC option("-B/box")

__attribute__((optimize("fplugin=/box/plugin.so"))) int main(void) {
  return 0;
}
