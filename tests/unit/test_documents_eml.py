"""Mail: subject, text and pages are translated; headers, attachments and structure stay byte for byte."""

from __future__ import annotations

import email
import email.policy
import time
from email.message import EmailMessage, MIMEPart
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.eml import Eml
from documents.errors import DocumentError, FileDamaged, FileEncrypted, FileUnsafe, UnsupportedType
from documents.limits import Limits
from documents.mail.plain import Plain
from documents.model import DEFAULT_OPTIONS, Output
from tests.unit.texts_kit import texts_of, through, units_of

PICTURE = bytes(range(256)) * 20


def message(subject: str = "Сайн байна уу", text: str = "Нэг мөр\nХоёр дахь мөр\n", **how: str) -> EmailMessage:
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"] = "Болд <bold@example.mn>"
    made["Subject"] = subject
    made["DKIM-Signature"] = "v=1; a=rsa-sha256; b=abc="
    made.set_content(text, **how)
    return made


def mixed() -> EmailMessage:
    made = message("Тайлан")
    made.add_alternative('<html lang="mn"><body><p>Нэг <b>мөр</b></p></body></html>', subtype="html")
    made.add_attachment(PICTURE, maintype="image", subtype="png", filename="зураг.png")
    made.add_attachment("Хавсралт текст\n", filename="a.txt")
    return made


def parsed(data: bytes) -> EmailMessage:
    found = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def content(part: MIMEPart) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


def part_of(made: EmailMessage, kind: str) -> MIMEPart:
    return next(part for part in made.walk() if part.get_content_type() == kind and isinstance(part, MIMEPart))


@pytest.mark.parametrize("output", list(Output))
@pytest.mark.parametrize("made", [message(), mixed(), message("Re: ok", "plain text\n"), message(text="ө" * 2000)])
def test_the_identity_translation_gives_back_every_byte(tmp_path: Path, made: EmailMessage, output: Output) -> None:
    for data in (made.as_bytes(), made.as_bytes().replace(b"\r\n", b"\n")):
        assert through(Eml(), tmp_path, data, output=output) == data


def test_subject_text_and_page_are_read_and_attachments_are_not(tmp_path: Path) -> None:
    found = [(unit.place, unit.text) for unit in units_of(Eml(), tmp_path, mixed().as_bytes())]
    assert found == [
        ("header:subject", "Тайлан"),
        ("part:1.1:line:1", "Нэг мөр"),
        ("part:1.1:line:2", "Хоёр дахь мөр"),
        ("part:1.2:text:1", "Нэг мөр"),
    ]


def test_all_is_translated_and_the_rest_stays_byte_for_byte(tmp_path: Path) -> None:
    before = mixed().as_bytes()
    after = through(Eml(), tmp_path, before, {"Тайлан": "报告", "Нэг мөр": "一行", "Хоёр дахь мөр": "第二行"})
    made = parsed(after)
    assert made["Subject"] == "报告"
    assert content(part_of(made, "text/plain")) == "一行\n第二行\n"
    assert content(part_of(made, "text/html")) == '<html lang="zh-Hans"><body><p>一<b>行</b></p></body></html>\n'
    begin = before.index(b"Content-Type: image/png")
    assert before[begin:] == after[after.index(b"Content-Type: image/png") :]
    for line in (b"DKIM-Signature: v=1; a=rsa-sha256; b=abc=\r\n", b"From: "):
        assert line in after


@pytest.mark.parametrize("subject", ["Re: Тайлан", "RE: FW: Тайлан", "Fwd: Re[2]: Тайлан"])
def test_what_stands_before_the_subject_of_an_answer_stays(tmp_path: Path, subject: str) -> None:
    data = message(subject).as_bytes()
    assert texts_of(Eml(), tmp_path, data)[0] == "Тайлан"
    assert parsed(through(Eml(), tmp_path, data, {"Тайлан": "报告"}))["Subject"] == subject.replace("Тайлан", "报告")


def test_a_long_subject_is_folded(tmp_path: Path) -> None:
    new = "关于项目进度的报告以及下一阶段的工作安排和预算情况说明" * 3
    after = through(Eml(), tmp_path, message().as_bytes(), {"Сайн байна уу": new})
    assert all(len(line) <= 78 for line in after.split(b"\r\n"))
    assert parsed(after)["Subject"] == new
    plain = through(Eml(), tmp_path, message().as_bytes(), {"Сайн байна уу": "Plain words " * 10 + "end"})
    assert b"Subject: Plain words" in plain
    assert parsed(plain)["Subject"] == "Plain words " * 10 + "end"


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r"])
def test_charset_and_transfer_encoding_are_those_of_the_source_where_they_can(
    tmp_path: Path, encoding: str, charset: str
) -> None:
    data = message(text="Нэг мор = 1\n  Two\n", charset=charset, cte=encoding).as_bytes()
    part = parsed(through(Eml(), tmp_path, data, {"Нэг мор = 1": "Два = 2"}, language="mon_Cyrl"))
    assert (content(part), part.get_content_charset(), part["Content-Transfer-Encoding"]) == (
        "Два = 2\n  Two\n",
        charset,
        encoding,
    )
    part = parsed(through(Eml(), tmp_path, data, {"Нэг мор = 1": "二 ө"}))
    assert (content(part), part.get_content_charset(), part["Content-Transfer-Encoding"]) == (
        "二 ө\n  Two\n",
        "utf-8",
        encoding,
    )


@pytest.mark.parametrize(
    "head", ["", "Content-Type: text/plain\n", "Content-Type: text/plain; charset=us-ascii;\n format=fixed\n"]
)
def test_a_message_in_ascii_gets_what_other_letters_need(tmp_path: Path, head: str) -> None:
    data = f"From: a@b.c\nSubject: Hello\n{head}\nGood day.\n\n-- \nAnna\n"
    made = parsed(through(Eml(), tmp_path, data, {"Good day.": "你好。今天天气很好。"}))
    assert content(made) == "你好。今天天气很好。\n\n-- \nAnna\n"
    assert made["MIME-Version"] == "1.0"
    assert made["Content-Transfer-Encoding"] == "base64"
    made = parsed(through(Eml(), tmp_path, data, {"Good day.": "Bonjour à tous, il fait beau aujourd'hui."}))
    assert made["Content-Transfer-Encoding"] == "quoted-printable"
    assert content(made).startswith("Bonjour à tous, il fait beau aujourd'hui.\n")
    assert content(parsed(through(Eml(), tmp_path, data, {"Good day.": "Good night."}))).startswith("Good night.")


def test_old_chinese_text_that_says_little_of_itself_is_read(tmp_path: Path) -> None:
    head = b"From: a@b.c\nSubject: \xd5\xfd\xce\xc4\n"
    body = "这是一个很长的中文句子，说的是天气。\n".encode("gb18030")
    assert texts_of(Eml(), tmp_path, head + b"\n" + body)[1] == "这是一个很长的中文句子，说的是天气。"
    data = head + b"Content-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: 8bit\n\n" + body
    after = through(Eml(), tmp_path, data, {"这是一个很长的中文句子，说的是天气。": "Энэ өдөр"}, language="mon_Cyrl")
    assert content(parsed(after)) == "Энэ өдөр\n"


def test_a_page_that_names_its_encoding_is_told_the_new_one(tmp_path: Path) -> None:
    page = '<html><head><meta charset="windows-1251"></head><body><p>Нэг</p></body></html>\n'
    head = "From: a@b.c\nContent-Type: text/html; charset=windows-1251\nContent-Transfer-Encoding: 8bit\n\n"
    after = through(Eml(), tmp_path, head.encode() + page.encode("cp1251"), {"Нэг": "一"}).decode()
    assert "charset=utf-8\n" in after
    assert '<meta charset="UTF-8">' in after


def test_flowed_text_is_translated_by_paragraphs_and_broken_again(tmp_path: Path) -> None:
    text = "A long paragraph that \ngoes on here.\n\n> quoted words \n> of another\n>> deeper\nNext one \n-- \nAnna \n"
    data = f"From: a@b.c\nContent-Type: text/plain; format=flowed\n\n{text}"
    expected = ["A long paragraph that goes on here.", "quoted words of another", "deeper", "Next one", "Anna"]
    assert texts_of(Eml(), tmp_path, data) == expected
    new = "From many words " * 8 + "end."
    after = through(Eml(), tmp_path, data, {expected[0]: new, expected[1]: new}).decode().partition("\n\n")[2]
    lines = after.split("\n")
    assert all(len(line) <= 78 for line in lines)
    own = [line for line in lines if not line.startswith(">")]
    assert own[0].startswith(" From many words")
    assert "".join(line.removeprefix(" ") for line in own[: own.index("")]) == new
    quoted = [line for line in lines if line.startswith("> ")]
    assert "".join(line.removeprefix("> ") for line in quoted) == new
    assert lines[-3:] == ["-- ", "Anna ", ""]


def test_flowed_text_with_spaces_to_delete_comes_back_without_them() -> None:
    rule = Plain(flowed=True, spaced=True)
    text = "中文 \n段落\n"
    slot = next(rule.slots(text, DEFAULT_OPTIONS))
    assert slot.units[0].text == "中文段落"


def test_both_languages_stand_line_under_line(tmp_path: Path) -> None:
    data = "From: a@b.c\nSubject: Hello\n\nGood day\n> quoted\n"
    after = through(Eml(), tmp_path, data, str.upper, Output.BILINGUAL).decode()
    assert after == "From: a@b.c\nSubject: Hello / HELLO\n\nGood day\nGOOD DAY\n> quoted\n> QUOTED\n"


def test_forwarded_messages_are_translated_unless_they_are_attached(tmp_path: Path) -> None:
    outer = message("Дамжуулав", "Хар\n")
    outer.add_attachment(message("Дотор", "Дотор текст\n"), disposition="inline")
    outer.add_attachment(message("Хавсралт", "Хавсралтын текст\n"))
    data = outer.as_bytes()
    assert texts_of(Eml(), tmp_path, data) == ["Дамжуулав", "Хар", "Дотор", "Дотор текст"]
    after = parsed(through(Eml(), tmp_path, data, {"Дотор": "内", "Дотор текст": "内文"}))
    inner = next(part for part in after.walk() if part.get_content_type() == "message/rfc822").get_payload(0)
    assert isinstance(inner, EmailMessage)
    assert (inner["Subject"], content(inner)) == ("内", "内文\n")


def test_signatures_of_pgp_stay(tmp_path: Path) -> None:
    text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n-----BEGIN PGP SIGNATURE-----\n\niQabc\n=x\n"
    data = f"From: a@b.c\n\n{text}-----END PGP SIGNATURE-----\nComment: read\n"
    assert texts_of(Eml(), tmp_path, data) == ["Hello", "Comment: read"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("no headers at all\n", UnsupportedType),
        ("From: a@b.c\nContent-Type: multipart/encrypted; boundary=x\n\n--x\n", FileEncrypted),
        ("From: a@b.c\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMII\n", FileEncrypted),
        ("From: a@b.c\nContent-Type: application/x-pkcs7-mime; smime-type=signed-data\n\nMII\n", UnsupportedType),
        ("From: a@b.c\n\n-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----\n", FileEncrypted),
        ("From: a@b.c\nContent-Type: multipart/mixed\n\ntext\n", FileDamaged),
        ("From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\ntext\n", FileDamaged),
        ("From: a@b.c\nContent-Transfer-Encoding: base64\n\nA\n", FileDamaged),
        ("From: a@b.c\nContent-Transfer-Encoding: x-uuencode\n\nA\n", UnsupportedType),
        ("Subject: =?utf-8?b?A?=\n\nA\n", FileDamaged),
        ("From: a@b.c\n" + "Content-Type: message/rfc822\n\n" * 40 + "x", FileUnsafe),
        ("From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n" + "--x\n\na\n" * 6_000, FileUnsafe),
    ],
)
def test_what_cannot_be_translated_is_refused(tmp_path: Path, data: str, error: type[DocumentError]) -> None:
    path = tmp_path / "a.eml"
    path.write_text(data, "utf-8")
    with pytest.raises(error):
        Eml().check(path, Limits())


@pytest.mark.parametrize("part", ["> ", "a \n", ">" * 50 + "\n", "--x\n", "a: b\n", " a\n", "=\n", "=?utf-8?q?a?= "])
def test_hostile_text_takes_linear_time(tmp_path: Path, part: str) -> None:
    begin = time.process_time()
    head = "From: a@b.c\nContent-Type: multipart/mixed; boundary=y\n\n--y\nContent-Type: text/plain; format=flowed\n\n"
    data = head + "word " + part * 20_000
    assert through(Eml(), tmp_path, data) == data.encode()
    assert time.process_time() - begin < 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(
    text=st.text(st.sampled_from("ab ө中\n>\t.-="), max_size=80),
    encoding=st.sampled_from(["quoted-printable", "base64"]),
    flowed=st.booleans(),
)
def test_any_text_comes_back_the_same(tmp_path: Path, text: str, encoding: str, flowed: bool) -> None:
    made = message(text=f"begin\n{text}\n", cte=encoding)
    if flowed:
        made.set_param("format", "flowed")
    data = made.as_bytes()
    assert through(Eml(), tmp_path, data) == data
    after = parsed(through(Eml(), tmp_path, data, str.swapcase))
    if not flowed:
        assert content(after).rstrip("\n") == f"BEGIN\n{text.swapcase()}".rstrip("\n")


def test_base64_without_the_signs_at_its_end_is_read(tmp_path: Path) -> None:
    data = b"From: a@b.c\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nSGVsbG8gd29ybGQ\n"
    assert texts_of(Eml(), tmp_path, data) == ["Hello world"]
