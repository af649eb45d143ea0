# -*- coding: evalctl_planted -*-
# Tries: to have Python load a module of the work folder as the encoding of the source.
# Must stop it: the compiler starts isolated from the work folder.
print("x")
