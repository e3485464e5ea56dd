"""The Zoom half of the sandbox."""
