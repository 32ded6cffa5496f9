"""The engine: a kind of ceremony is a list of steps, a step offers actions, an action asks a strongroom and records facts."""
