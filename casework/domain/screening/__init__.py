"""How many uploads the platform's filter looked at on a day, and how many of them it matched."""
