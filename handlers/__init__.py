"""What one can do by chatting: one file per conversation; the file, its flow, its words and its dialogues share a name."""
