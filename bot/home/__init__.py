"""App Home: what is scheduled where, what was told, what you alone keep saying; only of channels you are in."""
