"""Studies as data: protocols, participants, treatments, consent."""
