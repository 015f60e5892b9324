"""Languages chosen by what they are like."""

from __future__ import annotations

import csv
from pathlib import Path

import made_up
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbench.errors import XbenchError
from xbench.languages import (
    TRAITS,
    UNKNOWN,
    Filter,
    Pretraining,
    canonical,
    declared,
    language,
    language_filter,
    languages,
    seen_in_pretraining,
    trait,
)  # fmt: skip

TAGS = [one.tag for one in languages()]
FACTS = Path(__file__).resolve().parents[2] / "shared" / "facts" / "languages.csv"


def test_one_property_by_hand() -> None:
    asked = ["ar", "de", "hi", "ml", "mr", "ta", "te", "ur"]
    assert language_filter(script=["Deva"]).pick(asked) == ("hi", "mr")
    assert language_filter(family=["Dravidian"]).pick(asked) == ("ml", "ta", "te")
    assert language_filter(branch=["Germanic", "Semitic"]).pick(asked) == ("ar", "de")
    assert language_filter(resource_class=["5"]).pick(asked) == ("ar", "de")


def test_properties_narrow_each_other_down_and_their_values_are_alternatives() -> None:
    asked = ["ar", "de", "fa", "hi", "mr", "ru", "ta", "ur"]
    both = language_filter(script=["Arab", "Deva"], family=["Indo-European"])
    assert both.pick(asked) == ("fa", "hi", "mr", "ur")
    assert str(both) == "script Arab or Deva, family Indo-European"
    none = language_filter(script=["Deva"], family=["Dravidian"])
    assert none.pick(TAGS) == ()
    assert none.counts(asked) == "script Deva alone has 2; family Dravidian alone has 1"


@given(
    st.lists(st.sampled_from(TAGS), unique=True),
    st.lists(st.sampled_from(["Latn", "Arab", "Cyrl", "Deva"])),
    st.lists(st.sampled_from(["Indo-European", "Turkic", "Uralic"])),
    st.lists(st.sampled_from(["0", "1", "2", "3", "4", "5", UNKNOWN])),
    st.sampled_from(["", "mbert"]),
)
def test_a_filter_is_the_meeting_of_its_parts(
    tags: list[str], scripts: list[str], families: list[str], classes: list[str], unseen: str
) -> None:
    whole = language_filter(script=scripts, family=families, resource_class=classes, unseen_by=unseen)
    parts = [
        language_filter(script=scripts), language_filter(family=families),
        language_filter(resource_class=classes), language_filter(unseen_by=unseen),
    ]  # fmt: skip
    met = [tag for tag in tags if all(tag in part.pick(tags) for part in parts)]
    assert list(whole.pick(tags)) == met
    assert whole.pick(whole.pick(tags)) == whole.pick(tags)
    assert bool(whole) == any(map(bool, parts)) and (whole or len(met) == len(tags))


@pytest.mark.parametrize("name", TRAITS)
def test_the_values_of_a_property_part_the_languages(name: str) -> None:
    values = {trait(name, tag) for tag in TAGS}
    option = {"class": "resource_class"}.get(name, name)
    found = [tag for value in values for tag in language_filter(**{option: [value]}).pick(TAGS)]
    assert sorted(found) == TAGS


def test_what_nobody_said_is_unknown_and_never_0() -> None:
    assert language("ajp").resource_class is None
    assert trait("class", "ajp") == UNKNOWN and trait("class", "acm") == "0"
    assert trait("script", "own-tag-of-somebody") == trait("branch", "aai") == UNKNOWN
    assert language_filter(resource_class=["unknown"]).pick(["ajp", "acm", "de"]) == ("ajp",)


def test_seen_and_unseen_leave_out_what_nobody_said() -> None:
    asked = ["am", "ar-Latn", "de", "sw"]
    assert language_filter(seen_by="mbert").pick(asked) == ("de", "sw")
    assert language_filter(unseen_by="mbert").pick(asked) == ("am",)


def test_seen_is_known_of_mbert_by_its_name_and_of_what_is_declared() -> None:
    nobody = Pretraining()
    for name in ("bert-base-multilingual-cased", "google-bert/bert-base-multilingual-cased"):
        assert [nobody.seen(name, tag) for tag in TAGS] == [seen_in_pretraining("mbert", tag) for tag in TAGS]
    # Of the uncased one other languages are known: it never saw Thai.
    assert nobody.seen("bert-base-multilingual-uncased", "th") is None
    own = declared(["mine=deu, tl", "distilled=mbert"])
    assert (own.seen("mine", "de"), own.seen("mine", "fil"), own.seen("mine", "sw")) == (True, True, False)
    assert own.seen("distilled", "sw") is True and own.seen("distilled", "am") is False
    assert own.known == ("distilled", "mbert", "mine")
    assert language_filter(seen_by="mine", pretraining=own).pick(["de", "fr"]) == ("de",)


def test_what_is_declared_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "cc.txt").write_text("deu_Latn\nsw, zho_Hant", encoding="utf-8")
    own = declared([f"mine=@{tmp_path}/cc.txt"])
    assert own.declared == {"mine": frozenset({"de", "sw", "zh-Hant"})}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mine", r"--pretrained mine: write CHECKPOINT=FAMILY \(mbert\)"),
        ("=de", "write CHECKPOINT=FAMILY"),
        ("mine= ", "write CHECKPOINT=FAMILY"),
        ("mine=xx", "unknown language code 'xx'"),
        ("mine=@nowhere.txt", "nowhere.txt cannot be read"),
        ("mine=,", "there is no language in it"),
    ],
)
def test_what_is_declared_badly(text: str, message: str) -> None:
    with pytest.raises(XbenchError, match=message):
        declared([text])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"script": ["Devanagari"]}, r"no language of script 'Devanagari': did you mean Deva\?"),
        ({"family": ["Dravidic"]}, r"no language of family 'Dravidic': did you mean Dravidian\?"),
        ({"resource_class": ["7"]}, r"no language of class '7': Valid: 0, 1, 2, 3, 4, 5, unknown"),
        ({"seen_by": "xlmr"}, r"--seen-by xlmr: nobody said what it was pretrained on; declare it.*mbert"),
        ({"unseen_by": "mbertt"}, r"--unseen-by mbertt: .*did you mean mbert\?"),
    ],
)
def test_a_value_that_no_language_has(asked: dict[str, list[str]], message: str) -> None:
    with pytest.raises(XbenchError, match=message):
        language_filter(**asked)  # type: ignore[arg-type]


def test_capitals_do_not_matter_and_nothing_asked_keeps_all() -> None:
    assert language_filter(script=["DEVA"], branch=["indo-iranian"]).pick(["hi", "ta"]) == ("hi",)
    assert not Filter() and Filter().pick(TAGS) == tuple(TAGS) and not language_filter()


def test_the_table_has_every_language_of_the_facts() -> None:
    if not FACTS.is_file():
        pytest.skip(f"{FACTS} is not there")
    with FACTS.open(encoding="utf-8", newline="") as file:
        given = {canonical(row["code"]): row for row in csv.DictReader(file)}
    for tag, row in given.items():
        one = language(tag)
        assert (one.family, one.branch) == (row["family"], row["branch"]), tag
        assert trait("class", tag) == (row["joshi_class"] or UNKNOWN), tag
        assert seen_in_pretraining("mbert", tag) == (row["mbert"] == "1" if row["mbert"] else None), tag
        # Unlike the facts, the table has Berber in the script of its texts at hand.
        assert one.script == row["script"] or tag == "ber"


def test_the_command_lists_what_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    ended = made_up.cli("languages", "--script", "Deva", "--family", "Indo-European", "--seen-by", "mbert")
    assert ended.code == 0
    tags = [line.split()[0] for line in ended.out.splitlines()[1:-2]]
    assert {"hi", "mr", "ne"} <= set(tags) and "awa" not in tags
    assert ended.out.splitlines()[-1].startswith(f"{len(tags)} languages of ")
    empty = made_up.cli("languages", "--script", "Deva", "--family", "Dravidian")
    assert empty.code == 0 and "script Deva alone has 17; family Dravidian alone has 5" in empty.out
    made_up.refused(made_up.cli("languages", "--script", "Devanagari"), "did you mean Deva?")
    made_up.refused(made_up.cli("languages", "--family", ""), "--family is empty", "leave the option out")


def test_a_run_takes_the_languages_that_are_meant(tmp_path: Path) -> None:
    world = made_up.build(tmp_path / "world")
    asked = [*world.arguments(tmp_path / "out", "--languages", "en,de,sw,th", "--dry-run"), "--script", "thai"]
    planned = made_up.cli(*asked)
    assert planned.code == 0, planned.err
    assert "zero-shot: 1 language\n" in planned.out and "1 prediction" in planned.out
    # No language of the task is written so; neither is one without the list of languages.
    message = made_up.refused(made_up.cli(*asked[:-1], "Deva"), "no language of topics is left: script Deva")
    assert "script Deva alone has 0" in message
