"""A network laboratory: a server and a subscriber in two network namespaces, with a link between them that can be made bad.

`python -m laboratory --help`, in the folder above this one, runs one scenario and prints what the subscriber saw over time.
"""
