"""What `make bench` runs: claims about cost, measured against the service as README starts it."""
