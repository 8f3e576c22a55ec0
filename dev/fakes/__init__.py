"""Providers' servers as far as we use them, on the loopback interface: they check what they are sent, count it, and
misbehave when told to. For the tests, and for trying the real clients without an account."""
