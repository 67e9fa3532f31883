"""What a spec may run on: published figures of devices, links and prices."""
