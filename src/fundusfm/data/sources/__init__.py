"""Public data sets: one small file each, which knows the set's layout as downloaded and makes a manifest of it."""
