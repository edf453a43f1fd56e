"""The catalogues, and how the texts for them are collected (see `collecting`); `words` reads them."""
