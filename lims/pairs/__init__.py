"""What a pair needs, has and risks: the heart of the trial."""
