"""What to do about memory, time and money: ranked options, each an edit of the spec with its prediction."""
