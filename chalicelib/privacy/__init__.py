"""Privacy: later consents and what follows, people's requests about their data, erasing, retention."""
