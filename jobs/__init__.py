"""What runs by itself: which jobs there are, when they run, and that each runs once."""
