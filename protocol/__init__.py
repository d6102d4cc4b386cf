"""Barnraise's ground floor: bytes, proofs, records, rules and the gossip engine.

Law: no clock, chance, socket, file or log. Everything here is a value or a pure function of values;
time and randomness are arguments. It sees nothing of the floors above.
"""
