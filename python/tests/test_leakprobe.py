"""The Python package, tried on the tiniest experiment, in the environment in which it is installed."""

from pathlib import Path

import pytest

import leakprobe

TINY = Path(__file__).resolve().parents[2] / "examples/tiny.yaml"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "tiny"
    return leakprobe.run(TINY, "threads=1", "checkpoints.keep=phases", out=out)


def test_a_run_has_its_result(run):
    assert run.is_finished
    assert run.verdict == "VALID"
    assert run.effect == run.result["claim"]["effect"]
    assert run.config["name"] == "tiny"
    assert run.environment["libtorch"]
    assert run.ledger
    assert {"phase", "name", "value", "outcome"} <= set(run.gates().columns)


def test_records_are_frames(run):
    steps = run.steps()
    assert len(steps) == 24
    assert steps["loss"].notna().all()
    cells = run.evaluations()
    claim = run.result["claim"]
    at = cells[
        (cells["set"] == claim["set"])
        & (cells["prefix"] == claim["prefix"])
        & (cells["phase"] == claim["phase"])
        & (cells["step"] == claim["step"])
    ]
    assert at["value"].tolist() == [claim["value"]]
    items = run.items()
    of_cell = items.groupby(["phase", "step", "probe", "set", "prefix"])["value"].mean()
    merged = cells.set_index(["phase", "step", "probe", "set", "prefix"]).join(
        of_cell.rename("mean"), how="inner"
    )
    assert len(merged) > 0
    assert (merged["mean"] - merged["value"]).abs().max() < 1e-5


def test_checkpoints_are_transformers_models(run):
    torch = pytest.importorskip("torch")
    model = run.model("elicit")
    tokenizer = run.tokenizer("elicit")
    rows = torch.tensor([[0, 1, 2, 3]])
    assert model(rows).logits.shape == (1, 4, len(tokenizer))
    with pytest.raises(FileNotFoundError, match="there are calibrate, elicit, suppress"):
        run.model("nonsense")


def test_runs_are_found_and_reported(run):
    found = leakprobe.find_runs(run.directory.parent)
    assert [each.directory for each in found] == [run.directory]
    assert leakprobe.summary(found)["verdict"].tolist() == ["VALID"]
    report = leakprobe.report(run.directory)
    assert report.groups()["valid"].tolist() == [1]
    assert report.figures()
    assert "<svg" in report._repr_html_()


def test_what_is_wrong_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="no run's folder"):
        leakprobe.Run(tmp_path)
    with pytest.raises(leakprobe.ProgramError, match="nonsense") as refused:
        leakprobe.run(TINY, "nonsense=1", out=tmp_path / "out")
    assert refused.value.status == 2
