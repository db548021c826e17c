"""通知: what the legal section sends, to whom, what has become of each copy, and who has confirmed."""
