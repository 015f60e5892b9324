"""Translation models: which languages they know, what they translate, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import sacrebleu
import tiny_translators
import torch
from tiny_checkpoints import build as build_encoder

from xbench.api import FLORES_200, Aligner, Translator, configs
from xbench.data.translated import Faults, fault
from xbench.errors import Unavailable, XbenchError
from xbench.languages.mt import M2M_100, Direction, spoken
from xbench.languages.scripts import share_in_script
from xbench.model import mt as mt_module
from xbench.model.mt import Mt
from xbench.model.workspace import Machine
from xbench.planning.translators import parse_aligner, pin
from xbench.store.translations import WINDOW, Segment, Shelf

CPU = Machine("cpu", "fp32")
CHRF = 55.0
"""Of unseen lists of facts. A model that has learned nothing but the usual words and signs reaches about 15."""

# --- which languages a checkpoint knows ---


def test_every_code_of_nllb_and_m2m_100_is_a_language_of_its_own() -> None:
    nllb = spoken(FLORES_200)
    assert set(nllb.starts) == set(configs(FLORES_200))
    assert nllb.direction("en", "zh-Hant") == Direction("eng_Latn", "zho_Hant")
    m2m = spoken([], ["m2m100"])
    assert len(m2m.starts) == len(M2M_100) == 100
    assert {tag: m2m.starts[tag] for tag in ("de", "fil", "nb", "nso")} == {
        "de": "__de__", "fil": "__tl__", "nb": "__no__", "nso": "__ns__",
    }  # fmt: skip
    assert spoken(["sat_Beng"]).starts == {"sat": "sat_Beng"}, "Santali's token has another script's name in NLLB"


def test_the_list_of_m2m_100_is_that_of_transformers() -> None:
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    assert sorted(M2M_100) == sorted(FAIRSEQ_LANGUAGE_CODES["m2m100"])


def test_the_form_of_a_token_says_where_it_goes() -> None:
    assert spoken(["de_DE", "en_XX"]).direction("en", "de") == Direction("en_XX", "de_DE"), "mBART-50"
    assert spoken([">>deu<<", ">>nld<<"]).direction("en", "nl") == Direction(prefix=">>nld<<"), (
        "Marian, several targets"
    )
    assert spoken(["<2de>", "<2sr_Latn>"]).direction("th", "sr-Latn") == Direction(prefix="<2sr_Latn>"), "MADLAD-400"
    assert spoken([], source="en", target="de").direction("en", "de") == Direction(), "Marian, one direction"
    assert spoken([">>cmn_Hans<<", ">>cmn<<", ">>back<<", "Haus"]).prefixes == {"zh": ">>cmn<<"}


def test_what_a_checkpoint_does_not_know_is_unavailable_with_the_reason() -> None:
    several = spoken(["__de__", "__nl__", "__en__", "__fi__"])
    with pytest.raises(Unavailable, match="4 languages, and not `af, Afrikaans; related are de, en, nl`"):
        several.direction("en", "af")
    with pytest.raises(Unavailable, match="not `sw, Swahili`"):
        several.direction("sw", "en")
    one = spoken([], source="en", target="de")
    with pytest.raises(Unavailable, match="into de only, not into `fr`"):
        one.direction("en", "fr")
    with pytest.raises(Unavailable, match="from en only, not from `fr`"):
        one.direction("fr", "de")
    # A group of languages, as in opus-mt-mul-en: nobody says which they are.
    assert spoken([], source="mul", target="eng").direction("fr", "en") == Direction()
    silent = spoken(["Haus"])
    with pytest.raises(Unavailable, match="into its name as {language}"):
        silent.direction("en", "de")
    assert silent.direction("en", "de", named=True) == Direction()


def nllb(folder: Path) -> Path:
    """A tokenizer of NLLB's class for four languages, with a configuration and nothing in the weights."""
    from transformers import M2M100Config, NllbTokenizer

    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b"]
    codes = ["eng_Latn", "deu_Latn", "srp_Cyrl", "zho_Hans"]
    tokenizer = NllbTokenizer(vocab={piece: at for at, piece in enumerate(pieces)}, additional_special_tokens=codes)
    tokenizer.save_pretrained(folder)
    M2M100Config(vocab_size=len(tokenizer)).save_pretrained(folder)
    (folder / "model.safetensors").write_bytes(b"")
    return folder


def test_languages_are_read_from_files_of_every_family(tmp_path: Path, m2m: Path, marian: Path) -> None:
    assert pin(Translator(str(m2m), source="en", target="ru")).direction == Direction("en", "__ru__")
    assert pin(Translator(str(marian), source="en", target="de")).direction == Direction()
    four = nllb(tmp_path / "nllb")
    assert pin(Translator(str(four), source="en", target="sr")).direction == Direction("eng_Latn", "srp_Cyrl")
    with pytest.raises(Unavailable, match="nllb cannot be used: it knows 4 languages, and not `th, Thai`"):
        pin(Translator(str(four), source="en", target="th"))


def test_a_pattern_names_a_checkpoint_for_each_direction(marian: Path) -> None:
    pattern = str(marian.parent / "{source}-{language}")
    found = pin(Translator(pattern, source="en", target="de"))
    assert (found.translator.name, found.checkpoint.name) == ("{source}-{language}", "en-de")
    with pytest.raises(Unavailable, match="no translator for `en→fr`"):
        pin(Translator(pattern, source="en", target="fr"))
    with pytest.raises(XbenchError, match=r"only \{language\} and \{source\}"):
        pin(Translator(str(marian.parent / "{lang}"), source="en", target="de"))


def test_the_revision_counts_every_file_that_changes_translations(tmp_path: Path) -> None:
    import shutil

    one, other = nllb(tmp_path / "one"), tmp_path / "other"
    shutil.copytree(one, other)
    asked = Translator(str(one), source="en", target="de")
    first = pin(asked).translator
    assert first.revision.startswith("sha256:")
    assert pin(Translator(str(other), source="en", target="de")).translator.revision == first.revision
    (other / "generation_config.json").write_text(json.dumps({"length_penalty": 0.5}))
    assert pin(Translator(str(other), source="en", target="de")).translator.revision != first.revision


def test_what_does_not_translate_is_refused(tmp_path: Path) -> None:
    encoder = build_encoder(tmp_path / "encoder")
    with pytest.raises(XbenchError, match="no translation model: its configuration has no decoder"):
        pin(Translator(str(encoder), source="en", target="de"))
    with pytest.raises(XbenchError, match="is no layer"):
        parse_aligner("embedded:last")
    assert parse_aligner("owner/name") == Aligner("owner/name")


# --- what it translates ---


def chrf(model: Mt, direction: Direction, language: str) -> float:
    unseen = tiny_translators.said("test", 100, language, most=2)
    found = model([one.source for one in unseen], direction)
    return float(sacrebleu.corpus_chrf([one.text for one in found], [[one.target for one in unseen]]).score)


@pytest.mark.slow
def test_a_checkpoint_with_language_tokens_translates_what_it_has_not_seen(m2m: Path) -> None:
    found = pin(Translator(str(m2m), source="en", target="de"))
    model = Mt(found.checkpoint, CPU)
    german = chrf(model, found.direction, "de")
    assert german > CHRF
    assert chrf(model, Direction("en", "__ru__"), "ru") > CHRF, "the target's token decides, text by text"
    assert chrf(model, Direction("en", "__ru__"), "de") < german - 30
    assert chrf(Mt(found.checkpoint, CPU, beams=3), found.direction, "de") > CHRF


@pytest.mark.slow
def test_a_checkpoint_for_one_direction_translates_what_it_has_not_seen(marian: Path) -> None:
    found = pin(Translator(str(marian), source="en", target="de"))
    assert chrf(Mt(found.checkpoint, CPU), found.direction, "de") > CHRF


@pytest.fixture(scope="module")
def german(marian: Path) -> Mt:
    return Mt(pin(Translator(str(marian), source="en", target="de")).checkpoint, CPU)


@pytest.mark.slow
def test_neither_order_nor_company_changes_a_translation(german: Mt) -> None:
    texts = [one.source for one in tiny_translators.said("test", 40, "de", most=2)]
    found = german(texts, Direction())
    assert german(texts[::-1], Direction())[::-1] == found
    assert [german([text], Direction())[0] for text in texts[:5]] == found[:5]
    assert german([], Direction()) == []


@pytest.mark.slow
def test_what_is_too_long_is_not_cut_and_what_does_not_end_is_marked(
    german: Mt, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    short, long = "Hindi and 35 US dollars", " and ".join(["35 US dollars"] * 200)
    found = german([long, short], Direction(), told.append)
    assert found[0] == Segment("", "too long")
    assert not found[1].note and "Hindi" in found[1].text
    assert sum(told) == 2
    monkeypatch.setattr(mt_module, "_ROOM", 0.0)
    monkeypatch.setattr(mt_module, "_SPARE", 2)
    assert german([short], Direction())[0].note == "unfinished"


@pytest.mark.slow
def test_running_out_of_memory_halves_the_batch_and_changes_nothing(
    marian: Path, german: Mt, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [one.source for one in tiny_translators.said("test", 60, "de", most=2)]
    model = Mt(pin(Translator(str(marian), source="en", target="de")).checkpoint, CPU)
    generate, sizes = model._generate, []

    def scarce(ids: Sequence[Sequence[int]], start: int | None) -> list[Segment]:
        if len(ids) * max(map(len, ids)) > 150:
            raise torch.OutOfMemoryError
        sizes.append(len(ids))
        return generate(ids, start)

    monkeypatch.setattr(model, "_generate", scarce)
    assert model(texts, Direction()) == german(texts, Direction())
    assert sum(sizes) == 60
    assert model._budget.tokens == 128


@pytest.mark.slow
def test_a_token_that_the_tokenizer_lacks_is_an_error(german: Mt) -> None:
    with pytest.raises(XbenchError, match="speak of >>fra<<, which its MarianTokenizer does not know"):
        german(["Hindi"], Direction(prefix=">>fra<<"))
    with pytest.raises(XbenchError, match="source languages"):
        german(["Hindi"], Direction(source="en"))


def test_a_checkpoint_without_weights_is_an_error(tmp_path: Path) -> None:
    found = pin(Translator(str(nllb(tmp_path / "nllb")), source="en", target="de"))
    with pytest.raises(XbenchError, match="no translation model that can be loaded"):
        Mt(found.checkpoint, CPU)


# --- what is wrong with a translation ---


@pytest.mark.parametrize(
    ("source", "segment", "language", "reason"),
    [
        ("The cat sat down.", Segment("Die Katze setzte sich."), "de", ""),
        ("The cat sat down.", Segment("  "), "de", "empty"),
        ("The cat sat down.", Segment("the  cat sat down."), "de", "copied"),
        ("Rio de Janeiro", Segment("Rio de Janeiro"), "de", ""),
        ("The cat sat down.", Segment("Katze " * 30), "de", "absurdly long"),
        ("猫が座った。起きて、出て行った。", Segment("The cat sat down. It got up, and went out. " * 2), "en", ""),
        ("The cat sat down.", Segment("Die Katze setzte sich."), "ru", "wrong script"),
        ("The cat sat down.", Segment("Кошка села."), "ru", ""),
        ("8:50 and MX$ 2", Segment("20:50 и 2 MX$"), "ru", ""),
        ("Windows 95", Segment("Windows 95"), "ru", ""),
        ("The cat sat down now", Segment("now The cat down sat"), "ru", "wrong script"),
        ("The cat sat down.", Segment("猫が座った。"), "ja", ""),
        ("The cat sat down.", Segment("Mačka je sela."), "sr-Latn", ""),
        ("12:30", Segment("12:30"), "hi", ""),
        ("The cat sat down.", Segment("Die", "unfinished"), "de", "unfinished"),
        ("The cat sat down.", Segment("", "too long"), "de", "too long for the checkpoint"),
    ],
)  # fmt: skip
def test_what_is_plainly_wrong_is_found_and_nothing_else(
    source: str, segment: Segment, language: str, reason: str
) -> None:
    assert fault(source, segment, language) == reason


def test_faults_are_counted_and_shown() -> None:
    faults = Faults()
    texts = [f"the cat sat down {number}" for number in range(5)]
    found = {text: Segment("") for text in texts[:4]} | {texts[4]: Segment("Die Katze saß")}
    assert faults.sound(texts, found, "de") == {**dict.fromkeys(texts[:4]), texts[4]: "Die Katze saß"}
    said = faults.describe()
    assert (said["segments"], said["left_out"]) == (5, {"empty": 4})
    assert said["examples"]["empty"] == [[text, ""] for text in texts[:3]]


def test_letters_of_a_script_are_counted() -> None:
    assert share_in_script("Dürer ß", "Latn") == 1.0
    assert share_in_script("東京タワー", "Jpan") == pytest.approx(1.0)
    assert share_in_script("123 !?", "Latn") is None
    assert share_in_script("abc", "Zzzz") is None


# --- what is kept ---


def test_a_window_is_whole_or_not_there() -> None:
    texts = tuple(f"text\u2028{number}\x85" for number in range(WINDOW + 3))
    facts = {"revision": "r", "source": "en", "target": "de"}
    shelf = Shelf("made/up", facts, texts)
    first, last = shelf.windows
    assert (len(first), len(last)) == (WINDOW, 3)
    assert shelf.read(last) is None and shelf.there() == 0
    kept = [Segment("eins\n\u2028", ""), Segment("", "too long"), Segment("drei", "unfinished")]
    shelf.keep(last, kept)
    assert shelf.read(last) == kept and shelf.there() == 3
    with pytest.raises(XbenchError, match="translate again"):
        shelf.segments()
    assert Shelf("made/up", facts | {"target": "fr"}, texts).read(last) is None, "another language"
    assert Shelf("made/up", facts, texts[1:]).folder != shelf.folder, "other texts"
    (path,) = shelf.folder.glob("*.gz")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert shelf.read(last) is None, "half-written"
    path.write_bytes(b"")
    assert shelf.read(last) is None
