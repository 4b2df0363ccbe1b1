"""Prints where the interpreter is: the program, its standard library, and the interpreter as a shared library, or null."""

import json
import os
import sys
import sysconfig

shared = None
if sysconfig.get_config_var("Py_ENABLE_SHARED"):
    shared = os.path.join(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME"))
print(json.dumps([os.path.realpath(sys.executable), sysconfig.get_path("stdlib"), shared]))
