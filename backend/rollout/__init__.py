"""Whether one way of creating sessions is healthier than the other, what to do about it, and the guard."""
