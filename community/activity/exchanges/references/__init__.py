"""What members say of others whom they know from outside of exchanges."""
