"""What a layout costs: memory, time, money, each amount with the line of the spec that causes it."""
