"""Safety: what a file, a link, an archive or a loader is made to do costs it alone, and reaches nothing outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas
from samples import stored_texts
from terminal import Shop
from written import docx, epub, odt, package

from ingest.flags import loaders_of
from ingest.progress import Bar
from ingest.report import Report
from ingest.run import run
from ingest.workers.limits import LIMITS, Limits
from phi_assistant import ChunkStore
from phi_assistant.errors import LoadError
from phi_assistant.fakes import WordLengthEmbeddings

posix = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no pipes among files, and links need a privilege"
)
ROOT = Path(__file__).parents[1]
GOOD = "The shop opens at nine."


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder with one good file."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "good.txt").write_text(GOOD, "utf-8")
    return folder


def ingest(docs: Path, store: ChunkStore, *loaders: str, limits: Limits = LIMITS) -> Report:
    made = [loader for spec in loaders for loader in loaders_of(spec, [])]
    return run([docs], store, WordLengthEmbeddings, Bar(), loaders=made, limits=limits)


def reasons(report: Report) -> dict[str, str]:
    return {failure.source: failure.reason for failure in report.failed}


def the_good_one_is_stored(store: ChunkStore) -> bool:
    return stored_texts(store)["good.txt"] == [GOOD]


# Too much


def bomb(megabytes: int) -> bytes:
    """An archive of a text that is mostly one letter."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.txt", "w") as member:
        for _ in range(megabytes):
            member.write(b"a" * 999_999 + b"\n")
    return file.getvalue()


def test_archives_that_unpack_without_end_are_not_unpacked(docs, store):
    (docs / "bomb.zip").write_bytes(bomb(300))
    (docs / "nested.zip").write_bytes(package({f"{n}.zip": bomb(100) for n in range(3)}))
    (docs / "office.docx").write_bytes(package({"[Content_Types].xml": "", "word/document.xml": b" " * 300_000_000}))
    report = ingest(docs, store, limits=Limits(memory=600_000_000))
    assert the_good_one_is_stored(store)
    told = reasons(report)
    assert set(told) == {"bomb.zip", "nested.zip", "office.docx"}
    assert all("unpacks to far more than any document does" in reason for reason in told.values())


def test_a_text_of_two_gigabytes_is_not_opened(docs, store):
    with (docs / "huge.txt").open("wb") as file:
        file.truncate(2_000_000_000)  # which takes no room on the disk
    report = ingest(docs, store)
    assert reasons(report) == {
        "huge.txt": "is too large: 2 GB, and 500 MB are taken from one file. Split it. If that is as it should "
        "be, raise the setting 'file_bytes' (PHI_ASSISTANT_FILE_BYTES)."
    }
    assert the_good_one_is_stored(store)


def test_a_file_with_more_text_than_is_allowed_is_not_stored(docs, store):
    (docs / "long.txt").write_text("A sentence like many others. " * 1000, "utf-8")
    report = ingest(docs, store, limits=Limits(text=10_000))
    assert reasons(report)["long.txt"].startswith("holds 29,000 characters of text, and 10,000 are taken")
    assert the_good_one_is_stored(store)


# Hangs and crashes


LOADERS = """
import ctypes, os, time
from langchain_core.document_loaders import BaseLoader

class Hang(BaseLoader):
    def lazy_load(self):
        time.sleep(1000)
        yield

class Crash(BaseLoader):
    def lazy_load(self):
        ctypes.string_at(0)
        yield

class Eat(BaseLoader):
    def lazy_load(self):
        kept = [bytearray(os.urandom(1_000_000) * 10) for _ in range(10_000)]
        yield
"""


def test_what_hangs_crashes_or_eats_memory_costs_itself_alone(docs, store, tmp_path, monkeypatch):
    (tmp_path / "bad_loaders.py").write_text(LOADERS, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    limits = Limits(seconds=5, memory=400_000_000)
    report = ingest(docs, store, "bad_loaders:Hang", "bad_loaders:Crash", "bad_loaders:Eat", limits=limits)
    told = reasons(report)
    assert told["bad_loaders:Hang"].startswith("takes more than 5 s to read")
    assert told["bad_loaders:Crash"].startswith("ended the process that was reading it")
    assert told["bad_loaders:Eat"].startswith("takes more than 400 MB of memory")
    assert the_good_one_is_stored(store)


@posix
def test_a_program_that_hangs_over_a_picture_costs_the_picture_alone(docs, store, tmp_path, monkeypatch):
    Image.new("L", (400, 100), 255).save(docs / "scan.png")
    tesseract = tmp_path / "bin" / "tesseract"
    tesseract.parent.mkdir()
    tesseract.write_text('#!/bin/sh\nif [ "$1" = --list-langs ]; then echo eng; else sleep 1000; fi\n', "utf-8")
    tesseract.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tesseract.parent}{os.pathsep}{os.environ['PATH']}")
    report = ingest(docs, store, limits=Limits(seconds=5))
    assert reasons(report)["scan.png"].startswith("takes more than 5 s to read")
    assert the_good_one_is_stored(store)


# What is no file, or leads elsewhere


def test_a_path_that_climbs_out_of_an_archive_is_refused_and_the_rest_read(docs, store, tmp_path):
    names = ["../climbed.txt", "/climbed.txt", "C:\\climbed.txt", "a/../../climbed.txt", "fine/inside.txt"]
    (docs / "climb.zip").write_bytes(package({name: f"It is called {name}." for name in names}))
    report = ingest(docs, store)
    assert len(report.incomplete) == 4
    assert all("leads out of the archive" in each.reason for each in report.incomplete)
    assert "fine/inside.txt" in stored_texts(store)["climb.zip"][0]
    assert not list(tmp_path.rglob("climbed.txt"))


@posix
def test_links_are_no_way_out_of_the_folder_and_no_way_round_in_circles(docs, store, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.txt").write_text("Nobody should read this.", "utf-8")
    (docs / "sub").mkdir()
    (docs / "sub" / "up").symlink_to("..")
    (docs / "sub" / "here").symlink_to(".")
    (docs / "a").symlink_to("b")
    (docs / "b").symlink_to("a")
    (docs / "out.txt").symlink_to(tmp_path / "secret" / "s.txt")
    (docs / "out").symlink_to(tmp_path / "secret")
    (docs / "sub" / "further").symlink_to("../out")
    told = reasons(ingest(docs, store))
    assert list(stored_texts(store)) == ["good.txt"]
    assert set(told) == {"a", "b", "out", "out.txt", "sub/further"}
    assert "link that leads out of the folder" in told["out"]
    assert "link that leads out of the folder" in told["out.txt"]
    assert "link that leads out of the folder" in told["sub/further"]
    assert told["a"] == told["b"] == "cannot be read: Too many levels of symbolic links."


@posix
def test_what_is_no_file_is_reported_and_not_waited_for(docs, store, monkeypatch):
    os.mkfifo(docs / "pipe.txt")
    monkeypatch.chdir(docs)  # as the path of a socket may not be long
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        told = reasons(ingest(docs, store))
    assert told == dict.fromkeys(["pipe.txt", "socket.txt"], "is a device, a pipe or a socket, not a file.")
    assert the_good_one_is_stored(store)


@posix
def test_a_device_that_is_named_is_one_clear_error(store):
    with pytest.raises(LoadError, match="'/dev/zero' is a device, a pipe or a socket, so nothing was ingested"):
        ingest(Path("/dev/zero"), store)


@posix
def test_a_file_that_became_a_pipe_keeps_its_earlier_version(docs, store):
    ingest(docs, store)
    (docs / "good.txt").unlink()
    os.mkfifo(docs / "good.txt")
    assert reasons(ingest(docs, store))["good.txt"].endswith("not a file. Its earlier version is still stored.")
    assert the_good_one_is_stored(store)


READ_AS_NOBODY = """
import os
import sys
from pathlib import Path
from ingest.readers.options import Options
from ingest.extract import extract
from ingest.jobs import FileJob
from ingest.sources.walk import walk
from ingest.workers.limits import Limits
from ingest.workers.messages import Setup
from phi_assistant.errors import LoadError
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
docs = Path(sys.argv[1])
found = walk([docs])
for barred in found.barred:
    print(barred.id, barred.reason)
for file in found.files:
    try:
        list(extract(FileJob(file.id, file.path, file.root), Setup(Options(), Limits())))
    except LoadError as exc:
        print(file.id, exc)
"""


@posix
def test_what_may_not_be_read_is_reported():
    """By a process that is nobody's, since the system refuses nothing to who may do everything."""
    with TemporaryDirectory() as folder:
        docs = Path(folder)
        docs.chmod(0o755)
        (docs / "locked.txt").write_text("Nobody reads this.", "utf-8")
        (docs / "locked").mkdir()
        (docs / "locked" / "a.txt").write_text("Nor this.", "utf-8")
        for path in (docs / "locked.txt", docs / "locked"):
            path.chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", READ_AS_NOBODY, folder], cwd=ROOT, capture_output=True, check=True, text=True
        )
        (docs / "locked").chmod(0o755)
    assert done.stdout.splitlines() == [
        "locked cannot be looked into: Permission denied.",
        "locked.txt cannot be read: permission denied. Grant read access to it.",
    ]


# What documents mention


@pytest.fixture
def server() -> Iterator[tuple[str, list[object]]]:
    """An address, and who has connected to it."""
    visitors: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def welcome() -> None:
            while True:
                try:
                    connection, visitor = listening.accept()
                except OSError:  # closed
                    return
                visitors.append(visitor)
                connection.close()

        thread = Thread(target=welcome, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", visitors
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def html(url: str, secret: Path) -> bytes:
    return f"""<!DOCTYPE html SYSTEM "{url}/page.dtd"><html><head><base href="{url}/"><meta http-equiv="refresh"
    content="0; url={url}/next"><link rel="stylesheet" href="{url}/style.css"><script src="{url}/script.js"></script>
    <style>@import "{url}/more.css"; body {{ background: url({url}/back.png) }}</style></head>
    <body><p>A page with pictures.</p><img src="{url}/picture.png"><iframe src="{url}/frame"></iframe>
    <object data="file://{secret}"></object><video src="{url}/film.mp4"></video></body></html>""".encode()


def xml(url: str, secret: Path) -> bytes:
    return f"""<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="{url}/style.xsl"?>
    <!DOCTYPE article SYSTEM "{url}/article.dtd" [<!ENTITY far SYSTEM "{url}/far"><!ENTITY near SYSTEM "file://{secret}">
    <!ENTITY % more SYSTEM "{url}/more.dtd"> %more;]>
    <article xmlns:xi="http://www.w3.org/2001/XInclude" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="a {url}/a.xsd"><title>An article</title><p>Its text. &far; &near;</p>
    <xi:include href="{url}/part.xml"/><xi:include href="file://{secret}" parse="text"/></article>""".encode()


def svg(url: str, secret: Path) -> bytes:
    return f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
    <title>A drawing</title><image href="{url}/a.png" xlink:href="{url}/b.png"/><use href="{url}/c.svg#x"/>
    <text>Words in a drawing.</text><script href="{url}/d.js"/><image href="file://{secret}"/></svg>""".encode()


def markdown(url: str, secret: Path) -> bytes:
    text = f"# Notes\n\nSome text.\n\n![picture]({url}/a.png) <img src='{url}/b.png'> [more]({url}/c.md)\n\n"
    return f"{text}[inside]: file://{secret}\n".encode()


def rst(url: str, secret: Path) -> bytes:
    return f"""Notes
=====

Some text.

.. image:: {url}/a.png
.. include:: {secret}
.. include:: {url}/b.rst
.. literalinclude:: {secret}
.. raw:: html
   :url: {url}/c.html
.. raw:: html
   :file: {secret}
.. csv-table::
   :url: {url}/d.csv
.. csv-table::
   :file: {secret}
""".encode()


def eml(url: str, secret: Path) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Hello", "ann@shop.example", "bob@shop.example"
    message["List-Unsubscribe"] = f"<{url}/leave>"
    message.set_content(f"A letter, see {url}/more.")
    message.add_alternative(html(url, secret).decode(), subtype="html")
    message.make_mixed()
    outside = EmailMessage()
    outside["Content-Type"] = f'message/external-body; access-type="URL"; URL="{url}/x"'
    outside.set_payload("Content-Type: text/plain\r\n\r\n")
    message.attach(outside)
    return message.as_bytes()


def word(url: str, secret: Path) -> bytes:
    outside = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    whole = docx(
        '<w:p><w:r><w:t>A letter.</w:t></w:r><w:r><w:pict><v:shape><v:imagedata r:id="far"/></v:shape></w:pict></w:r>'
        f'</w:p><w:p><w:fldSimple w:instr=" INCLUDEPICTURE {url}/a.png "/>'
        f'<w:fldSimple w:instr=" INCLUDETEXT {secret} "/>'
        '</w:p><w:altChunk r:id="near"/>',
        prologue=f'<!DOCTYPE w:document SYSTEM "{url}/word.dtd">',
    )
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["word/_rels/document.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="far" Type="{outside}/image" Target="{url}/b.png" TargetMode="External"/>'
        f'<Relationship Id="near" Type="{outside}/aFChunk" Target="file://{secret}" TargetMode="External"/>'
        f'<Relationship Id="t" Type="{outside}/attachedTemplate" Target="{url}/c.dotm" TargetMode="External"/>'
        "</Relationships>"
    ).encode()
    return package(members)


def opendocument(url: str, secret: Path) -> bytes:
    link = 'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href'
    return odt(
        f'<text:p>A letter.<draw:frame><draw:image {link}="{url}/a.png"/></draw:frame></text:p>'
        f'<text:section><text:section-source {link}="{url}/b.odt"/><text:p>Linked text.</text:p></text:section>'
        f'<draw:object {link}="file://{secret}"/>'
    )


def book(url: str, secret: Path) -> bytes:
    return epub({"one": f'<h1>One</h1><p>A chapter.</p><img src="{url}/a.png"/><iframe src="{url}/b"/>'})


def pdf(url: str, secret: Path) -> bytes:
    file = BytesIO()
    canvas = Canvas(file)
    canvas.drawString(100, 700, "A page that knows an address.")
    canvas.linkURL(f"{url}/a", (100, 690, 300, 710))
    canvas.save()
    writer = PdfWriter(PdfReader(BytesIO(file.getvalue())))
    first, *others = [
        DictionaryObject({NameObject("/S"): NameObject(kind), NameObject(key): TextStringObject(value)})
        for kind, key, value in (
            ("/URI", "/URI", f"{url}/b"),
            ("/ImportData", "/F", str(secret)),
            ("/JavaScript", "/JS", f"this.submitForm('{url}/c'); app.launchURL('{url}/d')"),
        )
    ]
    first[NameObject("/Next")] = ArrayObject(others)
    writer.root_object[NameObject("/OpenAction")] = first
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def rtf(url: str, secret: Path) -> bytes:
    field = r"{\field{\*\fldinst INCLUDEPICTURE " + f'"{url}/a.png"' + r"}{\fldrslt A picture}}"
    return (r"{\rtf1\ansi{\*\template " + f"{url}/b.dot" + "}" + field + r" A letter.\par}").encode()


WRITERS: dict[str, Callable[[str, Path], bytes]] = {
    "html": html,
    "xml": xml,
    "svg": svg,
    "md": markdown,
    "rst": rst,
    "eml": eml,
    "docx": word,
    "odt": opendocument,
    "epub": book,
    "pdf": pdf,
    "rtf": rtf,
}


def test_nothing_is_fetched_that_a_document_mentions(docs, store, server, tmp_path):
    url, visitors = server
    secret = tmp_path / "secret.txt"
    secret.write_text("The treasure is under the oak.", "utf-8")
    for ending, write in WRITERS.items():
        (docs / f"document.{ending}").write_bytes(write(url, secret))
    report = ingest(docs, store)
    texts = stored_texts(store)
    assert set(texts) == {"good.txt", *(f"document.{ending}" for ending in WRITERS)}, report.failed
    assert visitors == []
    assert not [name for name, chunks in texts.items() if "treasure" in "".join(chunks)]
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))):  # which it would have noticed
        pass
    while not visitors:
        pass


# What is said


def locked_pdf(password: str) -> bytes:
    writer = PdfWriter(PdfReader(BytesIO(pdf("http://127.0.0.1", Path("x")))))
    writer.encrypt(password, algorithm="RC4-128")
    return written(writer)


def test_passwords_are_neither_said_nor_stored(shop: Shop, docs: Path, tmp_path: Path):
    (docs / "open.pdf").write_bytes(locked_pdf("open-sesame"))
    (docs / "shut.pdf").write_bytes(locked_pdf("known-to-nobody"))
    (tmp_path / "passwords.txt").write_text("from-the-file\nopen-sesame\n", "utf-8")
    flags = ["--password", "from-the-flag", "--password-file", tmp_path / "passwords.txt", "--data", tmp_path / "data"]
    for more in ([], ["--json"], ["--debug"]):
        done = shop.run("ingest", docs, *flags, *more)
        assert done.code == 1
        said = done.output + done.errors
        assert "shut.pdf" in said
        stored = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
        for secret in ("open-sesame", "from-the-file", "from-the-flag"):
            assert secret not in said
            assert secret.encode() not in stored
    assert b"open.pdf" in stored
