"""Text formats, books and mail in the ways in which people and programs write them."""

from __future__ import annotations

import email.policy
import json
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from tests.corpus.office import picture
from tests.corpus.words import PARAGRAPHS, WORDS

Maker = Callable[[Path], None]
P, W = PARAGRAPHS, WORDS


def written(text: str, codec: str = "utf-8", end: str = "\n") -> Maker:
    """The maker of a file that holds `text`."""
    return lambda path: path.write_bytes(text.replace("\n", end).encode(codec)) and None


LINES = "\n".join(f"  {text}" if number % 2 else text for number, text in enumerate(P))
TXT = [
    written(LINES + "\n"),
    written(LINES, "utf-16", "\r\n"),
    written(LINES.replace("Ө", "О").replace("ө", "о").replace("Ү", "У").replace("ү", "у"), "cp1251", "\r\n"),
    written(f"\n\n{P[0]} {P[1]} " * 300 + "\n\n---\n\n12345\n", "utf-8-sig"),
]

_ROWS = [",".join(W[:4]), *(f'{number},"{text}",{number * 1.5},A-{1000 + number}' for number, text in enumerate(P))]
CSV = [
    written("\n".join(_ROWS) + "\n"),
    written("\n".join(_ROWS).replace(",", ";").replace("; ", ", "), "utf-8-sig", "\r\n"),
    written(f'{W[0]},{W[1]}\n"{P[0]}\n{P[1]}","a ""{W[2]}"" b"\n,\n', end="\r\n"),
    written("\n".join("|".join(W) for _ in range(40))),
]
TSV = [
    written("\n".join("\t".join(W[:3]) for _ in range(5)) + "\n"),
    written(f"{W[0]}\t{W[1]}\n" + "\n".join(f"{number}\t{text}" for number, text in enumerate(P)), "utf-16", "\r\n"),
    written(f'{W[0]}\t\t{W[1]}\n\t"{P[0]}"\t12\n', end="\r\n"),
    written("\n".join(f"A-{number}\t{number}\t{word}" for number, word in enumerate(W))),
]
_VALUE = {
    "title": W[0],
    "list": [*P, 1, None, True],
    "deep": {"a": {"b": [{"text": P[2]}]}},
    "id": "A-1",
    "url": "https://a.mn",
}
JSON = [
    written(json.dumps(_VALUE, ensure_ascii=False, indent=2) + "\n"),
    written(json.dumps(_VALUE)),
    written(json.dumps([{"k": text, "n": 1.50} for text in P], ensure_ascii=False, separators=(",", ":")), "utf-8-sig"),
    written(
        '{\n\t"a" : "' + W[0] + "\\n" + W[1] + '\\t\\"' + W[2] + '\\"",\n\t"path": "C:\\\\temp\\/x"\n}\n', end="\r\n"
    ),
]
MARKDOWN = [
    written(
        f"---\ntitle: kept\n---\n\n# {W[0]} *{W[1]}*\n\n{P[0]} `code` **{P[1]}**\n{P[2]}\n\n- {W[2]}\n  - {W[3]}\n"
    ),
    written(f"| {W[0]} | {W[1]} |\n|---|:-:|\n| {P[0]} | 1 |\n| `x` | {W[2]} |\n\n```py\ncode\n```\n\n> {P[3]}\n"),
    written(
        f'{W[0]}\n====\n\n1. {P[0]}\n2. [{W[1]}](https://a.mn "t")\n\n![{W[2]}](a.png)\n\n<div>html</div>\n', end="\r\n"
    ),
    written(f"Text[^1] {P[4]}\n\n[^1]: {W[6]}\n\n* * *\n\n    code\n\n[ref]: https://a.mn\n{P[5]}\n"),
]
_CUES = list(enumerate(P, 1))
SRT = [
    written("".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{text}\n\n" for n, text in _CUES)),
    written(
        "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n<i>{text}</i>\n\n" for n, text in _CUES), "utf-8-sig", "\r\n"
    ),
    written(
        f"1\n00:00:01,000 --> 00:00:02,000\n- {W[0]}\n- {W[1]}\n\n2\n00:00:03,000 --> 00:00:04,000\n{{\\an8}}{W[2]}\n"
    ),
]
VTT = [
    written("WEBVTT\n\n" + "".join(f"00:0{n}.000 --> 00:0{n}.900\n{text}\n\n" for n, text in _CUES)),
    written(
        f"WEBVTT - title\n\nNOTE kept\n\nSTYLE\n::cue {{}}\n\na\n00:01.000 --> 00:02.000 line:0\n<v Bo>{W[0]}</v> <b>{W[1]}</b>\n"
    ),
    written("WEBVTT\n\n" + f"00:01.000 --> 00:02.000 align:start\n<00:01.500><c.loud>{W[3]}</c> 12\n\n" * 3),
    written(f"\ufeffWEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n{P[0]}\n{P[1]}\n", end="\r\n"),
]
_ASS = (
    "[Script Info]\nTitle: kept\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: A,Arial\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)
ASS = [
    written(_ASS + "Dialogue: 0,0:00:01.00,0:00:02.00,A,,0,0,0,,{\\p1}m 0 0 l 9 9{\\p0}" + f"{W[4]}\\h{W[5]}\n"),
    written(
        _ASS + "".join(f"Dialogue: 0,0:00:0{n}.00,0:00:0{n}.90,A,,0,0,0,,{text}\n" for n, text in enumerate(P[:5], 1))
    ),
    written(
        _ASS + f"Dialogue: 0,0:00:01.00,0:00:02.00,A,,0,0,0,,{{\\i1}}{W[0]}{{\\i0}}\\N{W[1]}, {W[2]}\n",
        "utf-8-sig",
        "\r\n",
    ),
    written(
        _ASS
        + f"Comment: 0,0:00:01.00,0:00:02.00,A,,0,0,0,,kept\nDialogue: 0,0:00:01.00,0:00:02.00,A,,0,0,0,,{{\\an8}}{P[0]}\n"
    ),
]
_BODY = f"<h1>{W[0]}</h1><p>{P[0]} <b>{P[1]}</b><br>{P[2]}</p><ul><li>{W[1]}<li><a href='#'>{W[2]}</a></ul>"
_KEPT = "<script>var a = 'kept';</script><style>p { color: red }</style><p translate=no>kept</p>"
HTML = [
    written(
        f"<!DOCTYPE html>\n<html lang=mn><head><meta charset=utf-8><title>{W[0]}</title></head>\n"
        f"<body>{_BODY}{_KEPT}</body></html>\n"
    ),
    written(
        "<html><head><meta charset='windows-1251'></head><body><p>Баярлалаа</p><img alt='Зураг'></body></html>",
        "cp1251",
        "\r\n",
    ),
    written(
        '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="mn"><head><title>'
        f'{W[3]}</title></head><body><p title="{W[4]}">{P[3]} &amp; &lt;x&gt;</p>'
        f"<table><tr><td>{W[5]}</td></tr></table></body></html>"
    ),
    written(f"<p>{P[4]}<p>{P[5]} <code>kept</code><pre>{W[6]}\n{W[7]}</pre><button>{W[0]}</button>"),
]
_PO = (
    'msgid ""\nmsgstr ""\n"Language: {}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)
PO = [
    written(_PO.format("zh_CN") + "".join(f'#: a.c:{n}\nmsgid "{text}"\nmsgstr ""\n\n' for n, text in _CUES)),
    written(
        _PO.format("").replace("UTF-8", "CHARSET")
        + f'#, fuzzy\nmsgid "{W[0]}"\nmsgid_plural "%d {W[1]}"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    ),
    written(
        _PO.format("zh")
        + f'msgctxt "a"\nmsgid ""\n"{P[0]}\\n"\n"{P[1]}"\nmsgstr ""\n\nmsgid "x"\nmsgstr "y"\n\n#~ msgid "o"\n#~ msgstr "p"\n',
        end="\r\n",
    ),
    written(f'msgid "{P[2]}"\nmsgstr ""\n'),
]
_OLD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
    '<file original="a" source-language="mn" datatype="x"><body>\n{}</body></file></xliff>\n'
)
_NEW = '<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="mn">\n <file id="f">\n{}</file></xliff>\n'
_UNIT = '<trans-unit id="{}">\n  <source>{}</source>\n</trans-unit>\n'
XLIFF = [
    written(_OLD.format("".join(_UNIT.format(n, text) for n, text in _CUES))),
    written(
        _OLD.format(
            f'<group><trans-unit id="1"><source>{W[0]} <g id="1">{W[1]}</g><x id="2"/></source><target state="new"/>'
            f"<note>kept</note></trans-unit></group><trans-unit id='2' xml:space='preserve'><source>{P[0]}\n{P[1]}\n</source>"
            "</trans-unit>"
        ),
        end="\r\n",
    ),
    written(
        _NEW.format(
            "".join(
                f'<unit id="u{n}">\n<segment>\n <source>{text} <pc id="1">{W[2]}</pc></source>\n</segment>'
                f"<ignorable><source> </source></ignorable><segment><source><![CDATA[{W[3]}]]></source></segment></unit>\n"
                for n, text in _CUES
            )
        )
    ),
    written(_OLD.format(_UNIT.format("a", f'<bpt id="1">[</bpt>{P[3]}<ept id="1">]</ept>')), "utf-16"),
]


def epub(**pages: str) -> Maker:
    """The maker of a book with these pages."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="mn"><head><title>'

    def make(path: Path) -> None:
        items = "".join(f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>' for name in pages)
        spine = "".join(f'<itemref idref="{name}"/>' for name in pages)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
            book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
            book.writestr(
                "META-INF/container.xml",
                '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
                '<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
            )
            book.writestr(
                "b.opf",
                '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
                f"<dc:title>{W[0]}</dc:title><dc:language>mn</dc:language></metadata><manifest>{items}</manifest>"
                f"<spine>{spine}</spine></package>",
            )
            for name, body in pages.items():
                book.writestr(f"{name}.xhtml", f"{head}{W[1]}</title></head><body>{body}</body></html>")
            book.writestr("a.png", picture().getvalue())

    return make


EPUB = [
    epub(one=f"<p>{P[0]}</p>"),
    epub(one=f"<h1>{W[2]}</h1><p>{P[1]} <em>{P[2]}</em></p>", two="<p>12</p>", three=f"<ol><li>{W[3]}</li></ol>"),
    epub(one="<p>12</p>", two=f"<table><tr><td>{P[3]}</td><td>1</td></tr></table><pre>{W[4]}\n{W[5]}</pre>"),
    epub(**{f"p{number}": f"<p>{text}</p>" * 20 for number, text in enumerate(P)}),
]


def eml(text: str, page: str = "", attached: bool = False, end: str = "\r\n", **how: str) -> Maker:
    """The maker of a message."""

    def make(path: Path) -> None:
        made = EmailMessage(policy=email.policy.SMTP.clone(linesep=end))
        made["From"], made["Subject"] = "bold@example.mn", f"Re: {W[3]}"
        made.set_content(text, **how)
        if page:
            made.add_alternative(page, subtype="html")
        if attached:
            made.add_attachment(picture().getvalue(), maintype="image", subtype="png", filename="a.png")
        path.write_bytes(made.as_bytes())

    return make


EML = [
    eml("\n".join(P) + "\n", cte="base64"),
    eml(f"{P[0]}\n> {P[1]}\n-- \nBold\n", f"<html><body><p>{P[0]}</p></body></html>", attached=True),
    eml(f"{W[0]}\n{W[1]}\n", end="\n", cte="quoted-printable"),
    eml(f"{P[2]} \n{P[3]}\n", cte="8bit"),
]
