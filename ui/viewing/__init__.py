"""A citation in its place: the text around it, and where its file is still there the page of a PDF as a
picture, or the picture that it is.

    place.py      where it stands in the stored text
    excerpt.py    that text as people read it
    original.py   whether its file is still the one that was read, and the pictures of its pages
    draw.py       draws them, in a process of its own: files are not to be trusted
    aligning.py   the words of a quote among the characters of a page

Knows no Streamlit; the page is `ui/viewer.py`.
"""
