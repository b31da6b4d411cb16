"""What members offer and ask for, how they deal with each other, and what they say of it."""
