"""Chat models: what they stand on, the catalogue of the Phi family, and where downloaded models are."""
