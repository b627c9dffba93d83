"""The door for people at the bench and at the desk."""
