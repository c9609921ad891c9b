"""The listening socket for operators: /metrics and /status, apart from what the public may reach."""
