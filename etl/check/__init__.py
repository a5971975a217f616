"""Checks: rules.yml run over a build at every load, and the findings listed for people and scripts.

engine.py runs the rules inside the load; coverage.py says who must report; listing.py gives the findings of a published build.
"""
