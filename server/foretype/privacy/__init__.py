"""What leaves the machine: which files never do, and what is masked in the rest."""
