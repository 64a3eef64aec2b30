"""What a table says of its rows: what they learnt from, and which of them saw the answers."""

from pathlib import Path

import pandas as pd
from tests.report.conftest import write_run

from fundusfm.report.read import Run, read_run
from fundusfm.report.tables import PageTable
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.exhibits.row_facts import RowFacts, facts_of, run_facts, with_facts
from fundusfm.study.matrix import Cell

NOTE = "outside: the weights were trained on 5 of these 9 photographs: these are no results on unseen data"
_ENTRY = {"name": "a", "hash": "0", "select": None}


def _run(data: list[dict[str, object]], command: str = "probe", sets: int = 1) -> Run:
    run = Run(Path("nowhere"))
    vars(run).update(
        card={"training_data": data},
        environment={"subcommand": command},
        config={"data": ["s"] * sets},
        metrics={"notes": ["a note", NOTE]},
    )
    return run


def test_the_last_of_a_cards_sets_is_the_task_and_those_before_it_are_upstream() -> None:
    data = [
        _ENTRY | {"name": name, "rows": rows, "patients": patients}
        for name, rows, patients in (("a", 100, 60), ("b", 50, 30), ("a", 20, 1))
    ]
    assert run_facts(_run(data)) == RowFacts(NOTE, 20, 1, 150, 90)
    said = "trained on 20 photographs of 1 patient, upstream on 150 photographs of 90 patients"
    assert run_facts(_run(data)).trained == said
    assert run_facts(_run(data[:1])).trained == "trained on 100 photographs of 60 patients"
    assert run_facts(_run(data, "segment train", sets=2)) == RowFacts(NOTE, 70, 31, 100, 60)
    assert run_facts(_run([])).trained == ""


def test_a_set_that_was_learnt_from_in_two_steps_counts_once() -> None:
    steps = [(100, 60), (90, 55), (20, 1)]
    data = [_ENTRY | {"rows": rows, "patients": patients} for rows, patients in steps]
    assert run_facts(_run(data)) == RowFacts(NOTE, 20, 1, 100, 60)
    data[1] = data[1] | {"select": "part == 'upstream'"}
    assert run_facts(_run(data)) == RowFacts(NOTE, 20, 1, 190, 115)


def test_seeds_of_a_row_share_their_facts(tmp_path: Path) -> None:
    runs = {}
    for seed, notes in ((0, []), (1, [NOTE])):
        folder = write_run(tmp_path / f"r{seed}", strategy="fundus", more={"notes": notes})
        runs[Cell("abnormality", "LF", "fundus", "b", 160, 1.0, seed)] = folder
    assert read_run(next(iter(runs.values()))).unseen_notes == []
    assert facts_of(runs) == {("fundus", "LF"): RowFacts(NOTE, 1200, 600)}


def test_a_table_and_its_numbers_say_it() -> None:
    numbers = pd.DataFrame({"strategy": ["fundus", "imagenet"], "method": ["LF", "LF"], "value": [0.9, 0.8]})
    facts = {("fundus", "LF"): RowFacts(NOTE, 20, 10)}
    exhibit = with_facts(Exhibit("t", "T", numbers, table=PageTable("c", ["Strategy"], legend="p: a test.")), facts)
    assert exhibit.table is not None
    assert exhibit.table.legend.startswith("p: a test. † fundus (linear probe (LF)): outside: ")
    assert exhibit.numbers["warning"].tolist() == [NOTE, ""]
    assert exhibit.numbers["training_photographs"].tolist() == [20, pd.NA]
