"""What is compiled: the programs that train networks and predict by them, by any backend."""
