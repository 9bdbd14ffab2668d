"""Chinese in both scripts with a model that has one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translation.chinese import HANS, HANT, conversion, converted, in_script, script_of
from translation.edits import applied
from translation.engine import Decoding, Output
from translation.engines.fake import FakeEngine, FakeOptions
from translation.engines.variants import Variants, with_variants
from translation.guards import check

EN, MN = "eng_Latn", "mon_Cyrl"
PLAIN = Decoding()


def engine(pairs: str, *, weak: bool = False, identity: bool = False) -> Variants:
    options = f"fake:pairs={pairs}" + (",identity=1" if identity else "")
    return Variants(FakeEngine(FakeOptions.parse(options)), weak_hant=weak)


def through(one: Variants, text: str, source: str, target: str) -> Output:
    return one.generate(one.encode([text], source, target), source, target, PLAIN, align=True)[0]


def test_a_model_gains_traditional_chinese_and_the_conversion() -> None:
    assert with_variants({(MN, HANS), (HANS, EN)}) == {
        (MN, HANS), (MN, HANT), (HANS, EN), (HANT, EN), (HANS, HANT), (HANT, HANS),
    }  # fmt: skip
    assert with_variants(()) == frozenset(), "a model of which nothing is known promises nothing"


def test_the_model_writes_simplified_and_what_comes_out_is_traditional() -> None:
    found = through(engine(f"{HANS}-{EN}+{EN}-{HANS}", identity=True), "计算机 {name} 的软件", EN, HANT)
    assert found.text == "計算機 {name} 的軟件"
    assert found.alignment is not None and all(a == b for a, b in found.alignment)


def test_the_model_reads_simplified_where_it_lacks_the_other() -> None:
    assert through(engine(f"{HANS}-{EN}", identity=True), "計算機", HANT, EN).text == "计算机"
    assert through(engine(f"{HANS}-{EN}+{HANT}-{EN}", identity=True), "計算機", HANT, EN).text == "計算機"


def test_a_model_that_writes_traditional_well_is_left_to_it() -> None:
    pairs = f"{EN}-{HANS}+{EN}-{HANT}"
    assert through(engine(pairs, identity=True), "软件", EN, HANT).text == "软件"
    assert through(engine(pairs, weak=True, identity=True), "软件", EN, HANT).text == "軟件"


def test_from_script_to_script_no_model_is_asked() -> None:
    one = engine(f"{MN}-{EN}")
    assert through(one, "头发 {0} 发展，干净。", HANS, HANT).text == "頭髮 {0} 發展，乾淨。"
    assert through(one, "頭髮", HANT, HANS).text == "头发"


def test_vocabulary_is_not_exchanged() -> None:
    assert converted("法律程序规定", HANT) == "法律程序規定"


@given(st.text(alphabet="计算机软件头发发展里后干 abc{}，1", max_size=60))
def test_the_edits_of_a_conversion_make_it_and_the_guards_are_content(text: str) -> None:
    assert applied(text, conversion(text, HANT)) == converted(text, HANT)
    if text.strip():
        assert check(text, converted(text, HANT), HANS, HANT) in ((), ("repetition",))


def test_an_alignment_follows_a_conversion_that_changes_the_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("translation.chinese.converted", lambda text, _target: text.replace("互联网", "網際網路"))
    found = in_script(Output("在互联网上", 0.0, 3, ((0, 0), (1, 1), (9, 4))), HANT)
    assert (found.text, found.alignment) == ("在網際網路上", ((0, 0), (1, 1), (9, 5)))


def test_which_script_is_told_by_the_characters_that_only_one_has() -> None:
    assert [script_of(text) for text in ("软件", "軟件", "人", "OK")] == [HANS, HANT, None, None]
