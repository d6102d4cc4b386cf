"""``barnraise bench``: what this machine does, beside what it could do at most.

Law: every figure is the median of several runs, and every ratio is taken inside one run against a yardstick measured in
that same run, because machines are noisy and ratios are less so. A goal that is missed is shown as missed.
Source: QUALITY "Benchmarks".
"""
