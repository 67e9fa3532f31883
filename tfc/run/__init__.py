"""The steps of `tfc run`: child processes of generated scripts, done once for the same inputs."""
