"""What happens to units after they were created: they are moved and removed, with what refers to them."""
