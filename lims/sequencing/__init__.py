"""What the sequencing core is told: issued manifests and their formats."""
