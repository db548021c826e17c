"""The machine: conversations, channels, the outbox. No business word outside the commands."""
