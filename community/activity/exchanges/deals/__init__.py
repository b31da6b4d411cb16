"""One exchange between two members, from the request to its end, with all they say meanwhile."""
