"""The record: facts, the journal that keeps them, the state they add up to, and the folder, manifest and signatures that seal them."""
