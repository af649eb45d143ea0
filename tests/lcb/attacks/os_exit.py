# Ends the process with exit code 0 before anything is compared.
# Stopped by: a test without a result is not a right one, whatever the exit code.
import os
os._exit(0)
