"""The only room where JavaScript is spoken: adapters for the ports."""
