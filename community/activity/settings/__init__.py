"""What a member tells of themselves, chooses, takes along, and leaves behind."""
