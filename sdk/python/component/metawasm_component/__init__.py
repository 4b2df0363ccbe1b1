"""What `metawasm build` puts around a plugin in Python, inside of its component.

`plan.py` is written by `metawasm build`. Modules of the project are loaded while the component is built, so that a call
begins with the interpreter and the plugin ready.
"""
