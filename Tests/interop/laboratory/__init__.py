"""A network laboratory: server and subscriber in two network namespaces, and a link between them that can be harmed.

`python -m laboratory --help`, in the folder above, runs one scenario and prints what the subscriber saw over time.
"""
