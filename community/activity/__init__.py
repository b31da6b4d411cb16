"""What members do: each action writes its rows and its events."""
