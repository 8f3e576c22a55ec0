"""The plumbing every room stands on."""
