"""What members offer and ask for: drafted, published, found, kept in every version."""
