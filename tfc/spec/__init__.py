"""From a tree to typed values: what a spec says, with nothing left open but `auto`."""
