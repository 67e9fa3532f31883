"""What a generated folder says of itself: its README, and the packages that it needs."""
