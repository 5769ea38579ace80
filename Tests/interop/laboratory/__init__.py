"""A network laboratory: a server and a subscriber in two network namespaces, and a link between them that can be harmed.

`python -m laboratory --help`, in the folder above this one, runs one scenario and prints what the subscriber saw.
"""
