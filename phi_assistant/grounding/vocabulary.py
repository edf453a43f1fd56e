"""The words of numbers, months, units and magnitudes in English, German, Spanish and Filipino, and which of these a
text is in.

Data, and the few lines that unfold it ("einundzwanzig", "treinta y uno"). Knows nothing of facts.
"""

from __future__ import annotations

from functools import cache

from phi_assistant.languages import likeliest

LANGUAGES = ("en", "de", "es", "tl")

_ONES = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn"
    " siebzehn achtzehn neunzehn",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis"
    " diecisiete dieciocho diecinueve",
    "tl": "wala isa dalawa tatlo apat lima anim pito walo siyam sampu labing-isa labindalawa labintatlo labing-apat"
    " labinlima labing-anim labimpito labingwalo labinsiyam",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "tl": "dalawampu tatlumpu apatnapu limampu animnapu pitumpu walumpu siyamnapu",
}
_ORDINALS = {
    "en": "third:3 fourth:4 fifth:5 sixth:6 seventh:7 eighth:8 ninth:9 tenth:10 eleventh:11 twelfth:12 thirteenth:13"
    " fourteenth:14 fifteenth:15 sixteenth:16 seventeenth:17 eighteenth:18 nineteenth:19 twentieth:20 thirtieth:30"
    " thirds:3 dozen:12",
    "de": "dritte:3 vierte:4 fünfte:5 sechste:6 siebte:7 achte:8 neunte:9 zehnte:10 dutzend:12 ein:1 eine:1 einem:1"
    " einen:1 einer:1",
    "es": "tercer:3 tercera:3 tercero:3 cuarto:4 cuarta:4 quinto:5 quinta:5 sexto:6 séptimo:7 octavo:8 noveno:9"
    " décimo:10 docena:12 un:1 una:1 cien:100 veintiuno:21 veintidós:22 veintitrés:23 veinticuatro:24 veinticinco:25"
    " veintiséis:26 veintisiete:27 veintiocho:28 veintinueve:29 doscientos:200 trescientos:300 quinientos:500",
    "tl": "ikatlo:3 pangatlo:3 ikaapat:4 ikalima:5 isang:1 dalawang:2 tatlong:3 limang:5 pitong:7 walong:8"
    " sampung:10 dalawampung:20 tatlumpung:30 limampung:50 uno:1 dos:2 tres:3 kuwatro:4 singko:5 sais:6 siyete:7"
    " otso:8 nuwebe:9 diyes:10 kinse:15 bente:20 trenta:30 singkuwenta:50",
}
LOOSE = {"once": 1, "twice": 2, "double": 2, "both": 2, "pair": 2, "couple": 2, "single": 1, "first": 1, "second": 2}
"""Words that a passage may mean a number by; that an answer uses them says nothing."""

MAGNITUDES = {
    "hundred": 2, "hundreds": 2, "hundert": 2, "ciento": 2, "cientos": 2, "daan": 2, "raan": 2,
    "thousand": 3, "thousands": 3, "tausend": 3, "mil": 3, "libo": 3, "libong": 3, "k": 3,
    "million": 6, "millions": 6, "mn": 6, "millionen": 6, "millón": 6, "millones": 6, "milyon": 6, "milyong": 6,
    "mio": 6, "billion": 9, "billions": 9, "bn": 9, "milliarde": 9, "milliarden": 9, "mrd": 9, "bilyon": 9,
    "trillion": 12, "trillions": 12,
}  # fmt: skip
"""Powers of ten."""

_UNITS = """
%: percent pct per-cent prozent porciento porsiyento porsyento
day: days tag tage tagen día días dia dias araw
week: weeks wk wks woche wochen semana semanas linggo
month: months monat monate monaten mes meses buwan
year: years yr yrs jahr jahre jahren año años taon
hour: hours hr hrs h stunde stunden hora horas oras
minute: minutes min mins minuten minuto minutos
second: seconds sec secs sekunde sekunden segundo segundos
century: centuries jahrhundert siglo
$: dollar dollars usd us$ dólar dólares dolyar
€: euro euros eur
£: pound-sterling gbp quid
¥: yen jpy
₱: peso pesos php piso
chf: franken francs
km: kilometre kilometres kilometer kilometers kilómetro kilómetros kilometro
m: metre metres meter meters metro metros
cm: centimetre centimetres centimeter centimeters zentimeter
mm: millimetre millimetres millimeter millimeters milímetros
mile: miles mi meile meilen milla millas
foot: feet ft fuß
inch: inches zoll pulgadas
kg: kilogram kilograms kilogramme kilo kilos kilogramm kilogramos
g: gram grams gramm gramo gramos
mg: milligram milligrams
lb: lbs
l: litre litres liter liters litro litros
ml: millilitre millilitres milliliter milliliters
kb: kilobyte kilobytes
mb: megabyte megabytes
gb: gigabyte gigabytes
tb: terabyte terabytes
v: volt volts
w: watt watts
kw: kilowatt kilowatts
hz: hertz
bar: bars
°: degree degrees °c °f grad grados celsius fahrenheit
"""
UNITS = {
    name: line.split(":")[0]
    for line in _UNITS.strip().splitlines()
    for name in [line.split(":")[0], *line.split(":")[1].split()]
}
"""From how a unit is written to its one spelling. A pound may be a weight, so it is none."""
MONEY = frozenset("$€£¥₱")

_MONTHS = """jan january januar jänner enero ene
feb february februar febrero pebrero
mar march märz marzo marso mär
apr april abril abr
may mai mayo
jun june juni junio hunyo
jul july juli julio hulyo
aug august agosto ago
sep sept september septiembre setyembre setiembre
oct okt october oktober octubre oktubre
nov november noviembre nobyembre
dec dez december dezember diciembre dic disyembre"""
MONTHS = {name: number for number, line in enumerate(_MONTHS.splitlines(), 1) for name in line.split()}

_WEEKDAYS = """monday mondays mon montag montags lunes
tuesday tuesdays tue tues dienstag dienstags martes
wednesday wednesdays wed mittwoch mittwochs miércoles miyerkules
thursday thursdays thu thur thurs donnerstag donnerstags jueves huwebes
friday fridays fri freitag freitags viernes biyernes
saturday saturdays sat samstag samstags sonnabend sábado sábados sabado
sunday sundays sun sonntag sonntags domingo domingos"""
WEEKDAYS = {name: number for number, line in enumerate(_WEEKDAYS.splitlines(), 1) for name in line.split()}


def language_of(text: str) -> str:
    """The language among `LANGUAGES` whose little words the text has most of; empty for none."""
    return likeliest(text, LANGUAGES)


@cache
def number_words(language: str) -> dict[str, int]:
    """The words for 0 to 99 and for ordinals."""
    spoken = language or "en"
    ones, tens = _ONES[spoken].split(), _TENS[spoken].split()
    words = {word: value for value, word in enumerate(ones)} | {
        word: 10 * (value + 2) for value, word in enumerate(tens)
    }
    words |= {word: int(value) for word, value in (pair.split(":") for pair in _ORDINALS[spoken].split())}
    if spoken == "de":
        words |= {
            f"{'ein' if one == 1 else ones[one]}und{ten}": 10 * (place + 2) + one
            for place, ten in enumerate(tens)
            for one in range(1, 10)
        }
    words.pop("wala", None)  # "nothing", which is no zero
    return words


@cache
def all_number_words() -> frozenset[str]:
    """The words for numbers and magnitudes in every language, halves of "twenty-five" among them."""
    return frozenset(MAGNITUDES).union(*(number_words(language) for language in LANGUAGES))
