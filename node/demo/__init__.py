"""``barnraise demo``: a small network of real nodes with a history, on this machine.

Law: everything in it came through a member's door: accounts by invitation links, records and files by the HTTP API with
members' tokens. Its nodes are ordinary ``barnraise run`` processes; only their clock is turned back while the history
is told, and they run on the machine's own before anybody looks. Source: OPERATIONS ``demo``.
"""
