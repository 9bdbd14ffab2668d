"""XLIFF 1.2 and 2.0: targets are made, inline codes keep their places, everything else stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from documents.errors import DocumentError, FileDamaged, FileUnsafe, UnsupportedType
from documents.limits import Limits
from documents.model import Options
from documents.xliff import Xliff
from tests.unit.texts_kit import texts_of, through, units_of

OLD = """<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
  <file original="a.c" source-language="en" datatype="plaintext">
    <header><note>About the file</note></header>
    <body>
      <trans-unit id="one">
        <source>Press <g id="1">the big</g> button<x id="2"/> now.</source>
        <note>Note of a translator</note>
        <alt-trans><source>Old source</source><target>Old target</target></alt-trans>
      </trans-unit>
      <trans-unit id="two" translate="no"><source>Khelmerch</source></trans-unit>
      <group translate="no"><trans-unit id="in"><source>Inside</source></trans-unit>
        <trans-unit id="but" translate="yes"><source>Outside</source></trans-unit></group>
      <trans-unit id="three"><source>Kept one</source><target state="final">Үлдсэн</target></trans-unit>
      <trans-unit id="four"><source>New one</source><target state="new" xml:lang="mn">New one</target></trans-unit>
      <trans-unit id="five"><source>Same</source><target>Same</target></trans-unit>
      <trans-unit id="six"><source>Empty &amp; &lt;old&gt;</source><target/></trans-unit>
      <trans-unit id="seven"><source>42</source></trans-unit>
      <trans-unit id="eight"><source><ph id="1">&lt;br/&gt;</ph>Text <bpt id="2">&lt;b&gt;</bpt>bold<ept id="2">&lt;/b&gt;</ept>
        <mrk mtype="protected">Linux</mrk> end</source></trans-unit>
      <trans-unit id="nine"><source><![CDATA[Use <b>this</b> & that]]></source></trans-unit>
      <trans-unit id="ten" xml:space="preserve"><source>First line
Second line
</source></trans-unit>
      <trans-unit id="eleven"><source>One. Two.</source>
        <seg-source><mrk mtype="seg" mid="1">One.</mrk> <mrk mtype="seg" mid="2">Two.</mrk></seg-source></trans-unit>
    </body>
  </file>
</xliff>
"""
NEW = """<?xml version="1.0"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" xmlns:mtc="urn:oasis:names:tc:xliff:matches:2.0" version="2.0" srcLang="en">
 <file id="f1">
  <unit id="u1">
   <mtc:matches><mtc:match ref="#s1"><source>Match</source><target>Тохирол</target></mtc:match></mtc:matches>
   <notes><note>Note</note></notes>
   <originalData><data id="d1">&lt;br/&gt;</data></originalData>
   <segment id="s1">
    <source>Open <pc id="1">the <ph id="2" dataRef="d1"/>door</pc>, please.</source>
   </segment>
   <ignorable><source> </source></ignorable>
   <segment id="s2" state="initial" subState="x:y"><source>Again <mrk id="m1" translate="no">Khelmerch</mrk></source></segment>
   <segment state="reviewed"><source>Kept</source><target>Үлдсэн</target></segment>
  </unit>
  <unit id="u2" translate="no"><segment><source>Untouched</source></segment></unit>
  <unit id="u3"><segment>
   <source>Press <sc id="1"/>the button<ec startRef="1"/>: wait <sm id="m" translate="no"/>kept<em startRef="m"/>.</source>
  </segment></unit>
 </file>
</xliff>
"""
NAMESPACES = {"o": "urn:oasis:names:tc:xliff:document:1.2", "n": "urn:oasis:names:tc:xliff:document:2.0"}


def root(data: bytes) -> etree._Element:
    return etree.fromstring(data)


def target_of(tree: etree._Element, identity: str) -> etree._Element:
    found = tree.xpath(f"//*[@id='{identity}']/*[local-name()='target'][1]", namespaces=NAMESPACES)
    assert isinstance(found, list)
    assert len(found) == 1, f"{identity} has {len(found)} targets"
    assert isinstance(found[0], etree._Element)
    return found[0]


def markup(element: etree._Element) -> str:
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    return text.replace(' xmlns="urn:oasis:names:tc:xliff:document:1.2"', "").replace(
        ' xmlns="urn:oasis:names:tc:xliff:document:2.0" xmlns:mtc="urn:oasis:names:tc:xliff:matches:2.0"', ""
    )


DONE = 'state="translated" state-qualifier="leveraged-mt"'


@pytest.mark.parametrize("data", [OLD, NEW, OLD.replace("\n", "\r\n"), "\ufeff" + NEW])
def test_the_identity_translation_gives_back_every_byte(tmp_path: Path, data: str) -> None:
    assert through(Xliff(), tmp_path, data) == data.encode()


def test_segments_without_a_translation_are_read_with_their_ids_as_context(tmp_path: Path) -> None:
    found = units_of(Xliff(), tmp_path, OLD)
    assert [(unit.context, unit.text) for unit in found] == [
        ("one", "Press the big button now."),
        ("but", "Outside"),
        ("four", "New one"),
        ("five", "Same"),
        ("six", "Empty & <old>"),
        ("eight", "Text bold end"),
        ("nine", "Use <b>this</b> & that"),
        ("ten", "First line"),
        ("ten", "Second line"),
        ("eleven", "One."),
        ("eleven", "Two."),
    ]
    assert [(unit.context, unit.text) for unit in units_of(Xliff(), tmp_path, NEW)] == [
        ("u1", "Open the door, please."),
        ("u1", "Again"),
        ("u3", "Press the button: wait ."),
    ]


def test_targets_are_made_and_codes_go_with_their_words(tmp_path: Path) -> None:
    tree = root(through(Xliff(), tmp_path, OLD, str.upper))
    assert markup(target_of(tree, "one")) == (
        f'<target {DONE}>PRESS <g id="1">THE BIG</g> BUTTON<x id="2"/> NOW.</target>'
    )
    assert markup(target_of(tree, "four")) == (
        '<target state-qualifier="leveraged-mt" state="translated" xml:lang="zh-Hans">NEW ONE</target>'
    )
    assert markup(target_of(tree, "six")) == f"<target {DONE}>EMPTY &amp; &lt;OLD&gt;</target>"
    assert markup(target_of(tree, "seven")) == f"<target {DONE}>42</target>"
    assert markup(target_of(tree, "eight")) == (
        f'<target {DONE}><ph id="1">&lt;br/&gt;</ph>TEXT <bpt id="2">&lt;b&gt;</bpt>BOLD<ept id="2">&lt;/b&gt;</ept>'
        ' <mrk mtype="protected">Linux</mrk> END</target>'
    )
    assert target_of(tree, "ten").text == "FIRST LINE\nSECOND LINE\n"
    assert markup(target_of(tree, "eleven")) == (
        f'<target {DONE}><mrk mtype="seg" mid="1">ONE.</mrk> <mrk mtype="seg" mid="2">TWO.</mrk></target>'
    )
    file = tree.find("o:file", NAMESPACES)
    assert file is not None
    assert file.get("target-language") == "zh-Hans"


def test_all_but_targets_and_languages_stays(tmp_path: Path) -> None:
    for data in (OLD, NEW):
        result = through(Xliff(), tmp_path, data, str.upper)
        trees = [root(data.encode()), root(result)]
        for tree in trees:
            for target in list(tree.iter("{*}target")):
                parent = target.getparent()
                assert parent is not None
                if etree.QName(parent).localname not in ("alt-trans", "match"):
                    parent.remove(target)
            for name in ("state", "subState", "target-language", "trgLang"):
                for element in tree.iter("*"):
                    element.attrib.pop(name, None)
            for element in tree.iter("*"):
                element.tail = None
                if len(element) and not (element.text or "").strip():
                    element.text = None
        before, after = (etree.tostring(tree, method="c14n") for tree in trees)
        assert before == after


def test_text_in_cdata_stays_there(tmp_path: Path) -> None:
    result = through(Xliff(), tmp_path, OLD, {"Use <b>this</b> & that": "用 ]]> <b>这</b>"}).decode()
    assert f"<target {DONE}><![CDATA[用 ]]]]><![CDATA[> <b>这</b>]]></target>" in result
    assert target_of(root(result.encode()), "nine").text == "用 ]]> <b>这</b>"


def test_a_segment_of_version_2_is_told_to_be_translated(tmp_path: Path) -> None:
    result = through(Xliff(), tmp_path, NEW, str.upper).decode()
    assert (
        '   <segment state="translated" id="s1">\n'
        '    <source>Open <pc id="1">the <ph id="2" dataRef="d1"/>door</pc>, please.</source>\n'
        '    <target>OPEN <pc id="1">THE <ph id="2" dataRef="d1"/>DOOR,</pc> PLEASE.</target>\n'
    ) in result
    assert '<segment id="s2" state="translated"><source>' in result
    assert '<target>AGAIN <mrk id="m1" translate="no">Khelmerch</mrk></target>' in result
    assert (
        '<target>PRESS <sc id="1"/>THE BUTTON<ec startRef="1"/>: WAIT <sm id="m" translate="no"/>kept<em startRef="m"/>.'
        in result
    )
    assert 'srcLang="en" trgLang="zh-Hans">' in result
    assert "<ignorable><source> </source></ignorable>" in result
    assert '<segment state="reviewed"><source>Kept</source><target>Үлдсэн</target></segment>' in result


def test_a_target_of_version_2_that_is_not_done_is_replaced_in_its_own_tag(tmp_path: Path) -> None:
    data = re.sub(
        r"<segment [^>]*><source>Kept</source>.*?</target>",
        '<segment state="initial"><source>Kept</source><target order="1">old</target>',
        NEW,
    )
    result = through(Xliff(), tmp_path, data, str.upper).decode()
    assert '<segment state="translated"><source>Kept</source><target order="1">KEPT</target>' in result


def test_targets_in_another_language_are_replaced_when_the_task_names_its_own(tmp_path: Path) -> None:
    data = OLD.replace('datatype="plaintext"', 'target-language="mn-MN"')
    assert "Kept one" not in texts_of(Xliff(), tmp_path, data, Options(target_language="mon_Cyrl"))
    options = Options(target_language="cmn_Hans")
    assert "Kept one" in texts_of(Xliff(), tmp_path, data, options)
    tree = root(through(Xliff(), tmp_path, data, str.upper, options=options))
    assert target_of(tree, "three").text == "KEPT ONE"
    file = tree.find("o:file", NAMESPACES)
    assert file is not None
    assert file.get("target-language") == "zh-Hans"


def test_all_is_translated_anew_where_that_is_asked_for(tmp_path: Path) -> None:
    data = OLD.replace('id="three"', 'id="three" approved="yes"')
    tree = root(through(Xliff(), tmp_path, data, str.upper, options=Options(retranslate=True)))
    assert markup(target_of(tree, "three")) == (
        '<target state-qualifier="leveraged-mt" state="translated">KEPT ONE</target>'
    )
    unit = target_of(tree, "three").getparent()
    assert unit is not None
    assert unit.get("approved") == "no"


def test_elements_with_a_prefix_get_targets_with_it(tmp_path: Path) -> None:
    data = '<x:xliff version="1.2" xmlns:x="urn:oasis:names:tc:xliff:document:1.2"><x:file><x:body>'
    data += '<x:trans-unit id="a"><x:source>Text</x:source></x:trans-unit></x:body></x:file></x:xliff>'
    result = through(Xliff(), tmp_path, data, str.upper).decode()
    assert f"<x:source>Text</x:source><x:target {DONE}>TEXT</x:target>" in result


def test_an_encoding_without_the_letters_becomes_utf8(tmp_path: Path) -> None:
    data = OLD.replace("UTF-8", "ISO-8859-1").replace("Үлдсэн", "kept")
    result = through(Xliff(), tmp_path, data.encode("latin-1"), {"Outside": "外"})
    assert result.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert target_of(root(result), "but").text == "外"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("<html/>", UnsupportedType),
        ('<xliff version="3.0"/>', UnsupportedType),
        ('<xliff version="1.2"><file>', FileDamaged),
        ('<!DOCTYPE xliff [<!ENTITY a "b">]><xliff version="1.2">&a;</xliff>', FileUnsafe),
        ('<xliff version="1.2">' + "<group>" * 400 + "</group>" * 400 + "</xliff>", FileUnsafe),
        ("no markup", FileDamaged),
    ],
)
def test_what_is_no_xliff_is_refused(tmp_path: Path, data: str, error: type[DocumentError]) -> None:
    path = tmp_path / "a.xlf"
    path.write_text(data, "utf-8")
    with pytest.raises(error):
        Xliff().check(path, Limits())


PARTS = ["word", " ", "two words ", '<x id="7"/>', "&amp;", '<ph id="8">&lt;i&gt;</ph>', '<bx id="9"/>', '<ex id="9"/>']
PARTS += ["<![CDATA[a<b]]>", "<!-- c -->", '<mrk mtype="protected">k</mrk>', "\n"]
INLINE = st.recursive(
    st.sampled_from(PARTS),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda parts: f'<g id="1">{"".join(parts)}</g>')
        | st.lists(inner, max_size=3).map("".join)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(content=INLINE, turned=st.booleans(), keeps=st.booleans())
def test_any_segment_gets_a_target_that_is_xml_with_all_its_codes(
    tmp_path: Path, content: str, turned: bool, keeps: bool
) -> None:
    space = ' xml:space="preserve"' if keeps else ""
    unit = f'<trans-unit id="a"{space}><source>{content}</source></trans-unit>'
    data = f'<xliff version="1.2"><file><body>{unit}</body></file></xliff>'
    assert through(Xliff(), tmp_path, data) == data.encode()

    def other(text: str) -> str:
        return " ".join(reversed(text.upper().split(" "))) if turned else "字"

    result = root(through(Xliff(), tmp_path, data, other))
    source = next(result.iter("source"))
    targets = list(result.iter("target"))
    if not targets:
        assert not any(character.isalpha() for unit in units_of(Xliff(), tmp_path, data) for character in unit.text)
        return
    names = [sorted(str(one.tag) for one in element.iter() if one is not element) for element in (source, targets[0])]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    "code",
    [
        '<x id="LINE_BREAK" ctype="lb"/>',
        '<x id="1" equiv-text="&lt;br/>"/>',
        '<ph id="1">&lt;br /&gt;</ph>',
        '<ph id="1" type="fmt" subType="xlf:lb"/>',
    ],
)
def test_a_code_for_a_line_break_ends_a_unit(tmp_path: Path, code: str) -> None:
    data = (
        '<xliff version="1.2"><file original="a" source-language="en" datatype="html"><body><trans-unit id="1">'
        f"<source>One{code}two</source></trans-unit></body></file></xliff>"
    )
    assert texts_of(Xliff(), tmp_path, data) == ["One", "two"]
    assert f">ONE{code}TWO</target>" in through(Xliff(), tmp_path, data, str.upper).decode()


def test_a_line_end_by_its_number_ends_a_unit_where_lines_count(tmp_path: Path) -> None:
    data = (
        '<xliff version="1.2"><file original="a" source-language="en" datatype="x"><body>'
        '<trans-unit id="1" xml:space="preserve"><source>One&#10;two</source></trans-unit></body></file></xliff>'
    )
    assert texts_of(Xliff(), tmp_path, data) == ["One", "two"]
    assert ">ONE&#10;TWO</target>" in through(Xliff(), tmp_path, data, str.upper).decode()
