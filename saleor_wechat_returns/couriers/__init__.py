"""Courier providers: who fetches and carries parcels, and tells where they are.

base.py is what every one must be able to do; carriers.json names the carriers people know; each
provider is one file, listed in registry.py. Nothing here knows a row.
"""
