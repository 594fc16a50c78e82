"""Tables, engine and time in the database; what must be unique is unique here."""
