"""Sources: where what is ingested comes from, and under which name it is stored."""
