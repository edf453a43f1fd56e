"""Character sets: declared rightly, falsely or not at all."""

from __future__ import annotations

import pytest

from ingest.readers.text.decoding import decode
from phi_assistant.errors import LoadError

REFUNDS = {
    "cp1252": "Le café où nous étions hier était fermé, à cause des congés d’été – c’est 5 €.",
    "iso8859-1": "Die Rückerstattung für größere Beträge dauert länger: höchstens fünf Tage.",
    "cp1250": "Zwrot pieniędzy trwa pięć dni roboczych. Zażółć gęślą jaźń.",
    "iso8859-2": "Vrácení peněz trvá pět pracovních dnů od převzetí zboží.",
    "cp1254": "İade işlemi ürünün teslim alınmasından sonra beş iş günü sürer.",
    "cp850": "¿Cuántos días dura? Mañana el niño comerá piñas según él.",
    "cp1251": "Возврат денег занимает пять рабочих дней после получения товара.",
    "koi8-r": "Здравствуйте, сегодня мы поговорим об отпуске.",
    "iso8859-5": "Возврат денег занимает пять рабочих дней после получения товара.",
    "cp866": "Как дела? Отпуск и больничные оплачиваются.",
    "mac_cyrillic": "Здравствуйте, сегодня мы поговорим об отпуске.",
    "cp1253": "Η επιστροφή χρημάτων διαρκεί πέντε εργάσιμες ημέρες.",
    "cp1255": "החזר כספי אורך חמישה ימי עסקים לאחר קבלת המוצר.",
    "cp1256": "يستغرق استرداد الأموال خمسة أيام عمل بعد استلام البضاعة.",
    "cp874": "การคืนเงินใช้เวลาห้าวันทำการหลังจากได้รับสินค้า",
    "shift_jis": "返金には商品の受領後、五営業日かかります。ご了承ください。",
    "euc_jp": "返金には商品の受領後、五営業日かかります。ご了承ください。",
    "iso2022_jp": "返金には商品の受領後、五営業日かかります。",
    "gb18030": "退款需要在收到货物后五个工作日内完成，请耐心等待。谢谢您的理解。",
    "big5": "退款需要在收到貨物後五個工作天內完成，請耐心等候。",
    "euc_kr": "환불은 상품 수령 후 영업일 기준 오 일이 걸립니다.",
}


@pytest.mark.parametrize(("codec", "text"), REFUNDS.items())
@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1", "windows-1252", "us-ascii", "x-no-such-set"])
def test_a_sentence_is_read_whether_its_character_set_is_undeclared_or_falsely_declared(codec, text, declared):
    assert decode(text.encode(codec), declared=declared) == text


@pytest.mark.parametrize(("codec", "text"), REFUNDS.items())
def test_what_is_declared_rightly_is_believed_even_of_a_few_letters(codec, text):
    assert decode(text.encode(codec), declared=codec) == text
    assert decode(text[:12].encode(codec), declared=codec) == text[:12]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1252", "naïve café"),
        ("cp1252", "It’s “quoted” – 5 €"),
        ("cp1252", "Größe"),
        ("mac_roman", "Le café était fermé, à cause des congés d’été."),
        ("cp1251", "Привет, мир"),
        ("cp1251", "ОТПУСК И БОЛЬНИЧНЫЕ"),
        ("koi8-r", "ОТПУСК И БОЛЬНИЧНЫЕ"),
        ("cp1251", "The title is: Привет, мир"),
        ("cp1251", "<p class='a'>Привет, мир</p><p class='b'>Как дела?</p>"),
        ("cp1253", "Γειά σου Κόσμε"),
        ("cp1255", "שלום עולם"),
        ("cp1256", "<b>مرحبا بالعالم</b>"),
        ("shift_jis", "会議のお知らせ"),
        ("cp874", "สวัสดีชาวโลก"),
    ],
)
def test_a_few_words_are_enough_also_among_others_of_plain_letters(codec, text):
    assert decode(text.encode(codec)) == text


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("text", [*REFUNDS.values(), "Plain words.\r\nMore.", "😀 and 𝔘", "a\tb\n"])
def test_unicode_is_read_in_every_form_with_a_mark_and_without_one_whatever_is_declared(codec, text):
    line = f"1. {text}\r\n"
    assert decode(line.encode(codec)) == line
    assert decode(line.encode(codec), declared="windows-1252") == line


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_unicode_without_a_mark_is_known_by_its_line_ends_in_any_script(codec):
    text = "退款需要在收到货物后五个工作日内完成。\r\n请耐心等待 5 天。\r\n" * 3
    assert decode(text.encode(codec)) == text


def test_a_few_damaged_bytes_do_not_spoil_a_text():
    text = "Zürich, Köln, Москва. " * 20
    assert decode(text.encode() + b"\xff") == text + "\ufffd"
    assert decode("Привет. ".encode("utf-16") + b"\x00") == "Привет. \ufffd"


def test_no_character_is_added_changed_or_taken_away():
    text = "One\r\ntwo\rthree\n\n\x0cfour \t\xa0five\u2028six\ufeffseven"
    assert decode(text.encode()) == text


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 4, b"\x00\x01\x02 text", b"\x00" * 50, b"MZ\x90\x00\x03\x00\x00\x00"]
)
@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1"])
def test_binary_data_is_no_text_whatever_is_declared(data, declared):
    with pytest.raises(LoadError, match="not a text file"):
        decode(data, declared=declared)
