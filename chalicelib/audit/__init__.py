"""The audit trail: who saw or gave what, when and why; append-only, chained by hashes, free of personal data."""
