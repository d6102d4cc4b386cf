"""Any bytes into every door: coverage-guided fuzzing, and the same targets over seeds in the ordinary tests.

    python -m tests.fuzz [TARGET …] [--seconds N] [--corpus DIR]

``law`` says what must hold of a target, ``peers`` and ``members`` are the targets, ``seeds`` what they begin with.
"""
