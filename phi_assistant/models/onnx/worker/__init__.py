"""The inside of the model's process: one model, many conversations, one thread that does everything in turn."""
