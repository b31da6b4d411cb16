"""What this place says of each member: metrics, trust, health, badges, stages, and why."""
