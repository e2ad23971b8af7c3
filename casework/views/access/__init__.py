"""Who is who and who may do what: accounts, sessions, tokens, links, callers, and the guard in front of every route."""
