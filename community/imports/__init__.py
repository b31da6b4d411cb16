"""Other people's data into members and ledger."""
