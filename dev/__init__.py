"""The local run, its data and the commands around it. Nothing in here ships to Lambda."""
