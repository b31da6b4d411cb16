"""Who the members are: profiles, privacy, their own data."""
