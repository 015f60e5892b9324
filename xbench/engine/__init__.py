"""Runs the jobs of a plan that are ready: in this process, or in several that share the plan among them."""
