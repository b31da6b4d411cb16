"""Who relates to whom: ties made from the ledger, the arrays behind them, and what is measured on them."""
