"""What happened: kinds, events, facts, timelines, columns."""
