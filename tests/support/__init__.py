"""What the tests stand on: two database engines, a browser."""
