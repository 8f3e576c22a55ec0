"""What `make package` does: from the checkout to a zip and a template that CloudFormation takes.

requirements.lock ── pip, hashes checked ── what the services do not need is left out ─┐
app.py, chalicelib ── stock `chalice package`, resources.yaml merged in ───────────────┴─ .pyc ── one zip, same bytes
"""
