"""The pages, a room each: `page(who)` draws it. What needs no Streamlit stands in rooms of its own."""
