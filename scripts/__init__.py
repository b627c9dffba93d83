"""What stands around the house: how it is started, tested and measured."""
