"""The roster file (名册): read with every fault by row and column, compared with what is stored, written in bulk."""
