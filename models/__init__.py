"""Tables and the rules of the domain. Imports nothing of `bot` or `handlers`; nothing here commits."""
