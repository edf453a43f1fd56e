"""The gate: what stands between a browser and the pages, as ASGI middleware and a few routes.

`guard` looks at every request and every websocket before Streamlit does; `doors` are the forms for signing in and out
and the switch of the language; `headers` are what browsers are told not to do; `tongue` has the page say its language.
"""
