"""What follows from records: pure functions of values and of the time given.

Law: no rule reads a clock, a store or the order of arrival. Whatever is shown can be worked out again from
the same set of records by anybody. Source: DOMAIN sections 1 and 2.
"""
