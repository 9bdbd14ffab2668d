"""Words before a full stop that do not end a sentence, for Mongolian and English.

The tables are apart by what they say about the text that follows, not by language: Cyrillic and Latin never
collide, and Mongolian documents quote English names (and the reverse) all the time. Keys are lower case, without the
last full stop; an inner full stop stays (`ж.нь`).
"""

from __future__ import annotations

import re
from enum import Enum


class Reading(Enum):
    """What a full stop after a given word means when a capital or a digit follows it."""

    WORD = "an ordinary word: the full stop ends the sentence"
    PREFIX = "belongs to what follows: never an end"
    NUMERIC = "belongs to a number that follows; otherwise an end"
    WEAK = "an end only before a word that usually begins sentences"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Titles, ranks, "that is", "for example", "see": something always follows.
PREFIXES = _words(
    """
    проф акад доц др дэд.проф ахл ахл.багш ерөнх ген хур бриг дэсл хош ноён
    ж.нь жнь ж.н ө.х өх тухайлб харьц үз ж.үз жич орч ред найр эмх нийтл хян гэрл эрх.зүй гавь.зүт соёр
    mr mrs ms mx dr prof rev hon gov sen rep gen col maj capt cmdr lt sgt cpl adm pres supt messrs mme mlle mgr fr
    st mt e.g eg i.e ie viz cf vs eds trans approx ca resp incl excl esp attn
    """
)

# "Fig. 3", "№. 5", "х. 25": an end unless a number follows.
NUMERICS = _words(
    """
    № хх хуу бүл дуг хүсн зур ут утас факс гуд хор төл тэмд тогт м.э.ө м.э н.э н.э.ө н.ө мэө нтө ойр ойролц т.д
    no nos nr fig figs p pp vol vols ch chap sec sect art eq eqs eqn tab ex ver vers tel ext op bk para pt app ref
    refs ln jan feb mar apr jun jul aug sep sept oct nov dec
    """
)

# "Figure 2. Sales", "Зураг 1. Газрын зураг": heads of captions and headings, where a sentence begins with them.
CAPTIONS = _words(
    """
    зураг хүснэгт бүлэг хэсэг хавсралт жишээ график диаграмм маягт
    figure table chapter section part appendix annex example exhibit scheme chart lesson unit
    """
)

# These are ordinary words too: abbreviations only with a capital ("No. 5", but "he said no. 5 people left").
CAPITALISED = _words("no art app tab ex mon wed fri gov gen rev sen rep col maj pres mar dec mt fr sec ms")

# Names of firms, dotted acronyms, times of day: both an end and not are common.
WEAKS = _words(
    """
    ххк хк ххн ббсб төк төүг төү нүтбс ам.дол ам.доллар ак
    inc ltd co corp ft llc plc bros jr sr esq u.s u.k u.n e.u u.s.a u.s.s.r d.c l.a n.y ph.d m.d b.a m.a m.sc b.sc ll.b
    a.m p.m b.c a.d b.c.e c.e assn dept univ est ave blvd rd mon tue tues wed thu thur thurs fri
    """
)

# Words that begin sentences often and names rarely; they decide after WEAK words and after initials.
SENTENCE_STARTERS = _words(
    """
    the a an this that these those he she it they we you his her its their our my your i there here then when while
    where what who why how which in on at as after before during since until by from with without for to if so but and
    or yet however although though because also moreover furthermore meanwhile nevertheless therefore thus later today
    yesterday tomorrow now one some many most all both each every another several few no not is are was were do does
    did can could will would according unlike despite please энэ эдгээр энд эндээс энэхүү үүнээс үүнд үүнийг үүний
    үүнтэй тэр тэрээр тэд тэдний тэднийг тэдгээр тэнд түүний түүнийг түүнд түүнээс түүнчлэн тус уг би бид бидний миний
    минь чи та таны танай мөн бас харин гэвч гэтэл гэсэн гэхдээ гэлээ иймд иймээс ингэж ингээд ингэснээр ийнхүү тийм
    тиймээс тийнхүү тэгээд тэгвэл тэгэхэд дараа дараагаар эхлээд эцэст хэрэв хэрвээ хэдий учир яагаад хэн юу хаана
    хэзээ одоо өнөөдөр өчигдөр маргааш бүх зарим олон ихэнх нийт нэг хоёр гурав үүнээс ялангуяа жишээ жишээлбэл
    тухайлбал
    """
)

_INITIAL = re.compile(r"[^\W\d_]")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}[.\-])+[^\W\d_]{1,2}")
_ROMAN = re.compile(r"[IVXLCМІХ]{1,7}")


def is_roman(word: str) -> bool:
    """True for upper-case Roman numerals, also those typed with look-alike Cyrillic letters (Х, І, М)."""
    return bool(_ROMAN.fullmatch(word))


def read(word: str) -> Reading:
    """What a full stop after `word` means. `word` has no last full stop; at most a few dozen characters."""
    key = word.casefold()
    if key in CAPITALISED and word[0].islower():
        return Reading.WORD
    if key in PREFIXES:
        return Reading.PREFIX
    if key in NUMERICS:
        return Reading.NUMERIC
    if key in WEAKS:
        return Reading.WEAK
    if _INITIAL.fullmatch(word):  # Б. Энхбаяр, J. Smith, "5 г. Москва"; "vitamin C. The" is left to the starters
        return Reading.WEAK
    if _DOTTED.fullmatch(word) and word[0].isupper():  # Ж.Р.Р. Толкин, U.S. Army, Ц.-А. Бат
        return Reading.WEAK
    return Reading.WORD
