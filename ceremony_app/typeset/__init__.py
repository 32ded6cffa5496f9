"""The Typst runner: data in, PDF or picture out, all in memory. What the papers say is decided in the room above."""
