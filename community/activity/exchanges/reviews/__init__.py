"""What the two sides of an exchange say of each other, sealed until both may be read."""
