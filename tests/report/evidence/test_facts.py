from collections.abc import Callable
from pathlib import Path

from fundusfm.models.card.schema import Card
from fundusfm.parquet import read_parquet, write_parquet
from fundusfm.report.evidence.facts import Sources, gather_facts
from fundusfm.report.read import read_run


def test_facts_say_where_they_stand(make_run: Callable[..., Path]) -> None:
    run = read_run(make_run(by=["sex"]))
    card = Card.read(run.bundle / "card.json")
    facts = gather_facts(Sources(run, card, ["sex"], [0.1]))
    assert [known.where for known in facts["model"]] == ["card"]
    assert "5 folds" in facts["partitions"][0].what
    assert facts["partition_level"][0].what == "Folds are disjoint by patient"
    assert "0 of 240 labels are unknown" in facts["missing_data"][0].what
    assert "120 photographs of 60 patients" in facts["numbers"][0].what
    assert facts["acquisition"] == [] and facts["eligibility"] == []


def test_photographs_of_unknown_patient_are_counted_one_by_one_and_it_is_said(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    predictions = read_parquet(folder / "predictions.parquet")
    predictions.loc[predictions["image"].isin(predictions["image"].unique()[:4]), "patient"] = None
    write_parquet(folder / "predictions.parquet", predictions)
    said = gather_facts(Sources(read_run(folder), None, [], [0.1]))["numbers"][0].what
    assert said.endswith("and 4 photographs of unknown patient; each of them counts as a patient of its own")


def test_without_a_card_only_the_run_speaks(make_run: Callable[..., Path]) -> None:
    run = read_run(make_run(folds=0, command="evaluate"))
    facts = gather_facts(Sources(run, None, [], [0.1]))
    assert facts["model"] == [] and facts["subgroups"] == [] and facts["partition_level"] == []
    assert "camera_b" in facts["external_data"][0].what
