"""The operators' page: runs in the browser, on MicroPython; the server only sends it."""
