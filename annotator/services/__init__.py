"""Use cases: one module per activity, one function per thing a person can do.

Every function receives a session and never commits; whoever calls decides where a transaction ends.
"""
