"""Tune three families of models on scikit-learn's handwritten digits, and show what was won.

Run it with `tunesmith demo`, or `python examples/digits.py`. Stop it at any moment, even by force, and run it again:
it goes on where it stood.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import tunesmith as ts
from tunesmith.analysis.comparison import paired_gain
from tunesmith.analysis.findings import findings
from tunesmith.analysis.importance import importance
from tunesmith.report import write_report

EPOCHS = 24

SPACE = ts.Space(
    model=ts.Categorical("svm", "forest", "mlp"),
    # a support vector machine
    C=ts.Float(1e-2, 1e3, log=True, default=1.0, when={"model": "svm"}),
    kernel=ts.Categorical("linear", "rbf", "poly", default="rbf", when={"model": "svm"}),
    gamma=ts.Float(1e-5, 1e-1, log=True, default=4.3e-4, when={"kernel": ("rbf", "poly")}),
    degree=ts.Int(2, 5, default=3, when={"kernel": "poly"}),
    # a random forest
    trees=ts.Int(20, 200, log=True, default=100, when={"model": "forest"}),
    max_depth=ts.Int(3, 20, default=20, when={"model": "forest"}),
    max_features=ts.Float(0.02, 1.0, log=True, default=0.125, when={"model": "forest"}),
    min_leaf=ts.Int(1, 10, default=1, when={"model": "forest"}),
    # a multi-layer perceptron, trained epoch by epoch
    layers=ts.Int(1, 3, default=1, when={"model": "mlp"}),
    units=ts.Int(16, 128, log=True, default=100, when={"model": "mlp"}),
    lr=ts.Float(1e-4, 1e-1, log=True, default=1e-3, when={"model": "mlp"}),
    alpha=ts.Float(1e-6, 1e-1, log=True, default=1e-4, when={"model": "mlp"}),
    batch_size=ts.Ordinal(16, 32, 64, 128, 200, default=200, when={"model": "mlp"}),
)

# What scikit-learn does by itself; its gamma="scale" comes to 0.00043 on these pixels.
DEFAULTS = (
    {"model": "svm", "C": 1.0, "kernel": "rbf", "gamma": 4.3e-4},
    {"model": "forest", "trees": 100, "max_depth": 20, "max_features": 0.125, "min_leaf": 1},
    {"model": "mlp", "layers": 1, "units": 100, "lr": 1e-3, "alpha": 1e-4, "batch_size": 200},
)


def data():
    """Return (X for tuning, X held out, y for tuning, y held out)."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, test_size=0.6, stratify=y, random_state=0)


def build(seed, model, **p):
    """Return an untrained model."""
    if model == "svm":
        return SVC(C=p["C"], kernel=p["kernel"], gamma=p.get("gamma", "scale"), degree=p.get("degree", 3))
    if model == "forest":
        return RandomForestClassifier(
            p["trees"], max_depth=p["max_depth"], max_features=p["max_features"], min_samples_leaf=p["min_leaf"],
            random_state=seed,
        )  # fmt: skip
    mlp = MLPClassifier(
        (p["units"],) * p["layers"], learning_rate_init=p["lr"], alpha=p["alpha"], batch_size=p["batch_size"],
        random_state=seed, max_iter=EPOCHS,
    )  # fmt: skip
    return make_pipeline(StandardScaler(), mlp)


def objective(trial):
    """Return the accuracy of 3-fold cross-validation; the perceptron reports it after every epoch."""
    X, _, y, _ = data()
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    if trial.params["model"] != "mlp":
        return np.mean([_fold(build(trial.seed, **trial.params), X, y, fold) for fold in folds])
    return _train_by_epochs(trial, X, y, folds)


def _fold(model, X, y, fold):
    train, valid = fold
    return model.fit(X[train], y[train]).score(X[valid], y[valid])


def _train_by_epochs(trial, X, y, folds):
    pipelines = [build(trial.seed, **trial.params) for _ in folds]
    scaled = [(p[0].fit(X[a]), p[1], a, b) for p, (a, b) in zip(pipelines, folds, strict=True)]
    accuracy = 0.0
    for epoch in range(1, EPOCHS + 1):
        for scaler, mlp, train, _ in scaled:
            mlp.partial_fit(scaler.transform(X[train]), y[train], classes=np.arange(10))
        accuracy = np.mean([mlp.score(scaler.transform(X[valid]), y[valid]) for scaler, mlp, _, valid in scaled])
        trial.report({"accuracy": accuracy}, step=epoch)
        if trial.should_prune():
            raise ts.TrialPruned
    return accuracy


def held_out(params, seed):
    """Train on all tuning data and return, for each held-out digit, whether it was recognised."""
    X, X_test, y, y_test = data()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = build(seed, **params).fit(X, y)
    return model.predict(X_test) == y_test


def main(storage="sqlite:///tunesmith-demo.db", report="report.html", n_trials=80, n_jobs=2, seed=0):
    """Tune, compare with the defaults on held-out data, and write the report."""
    began = time.perf_counter()
    study = ts.create_study(
        SPACE, direction="maximize", metrics="accuracy", storage=storage, study_name="digits", load_if_exists=True,
        sampler=ts.samplers.Auto(startup=24), pruner=ts.pruners.Median(startup=3, warmup=3), seed=seed,
    )  # fmt: skip
    for params in DEFAULTS[len(study.trials) :]:
        study.enqueue_trial(params, user_attrs={"default": True})
    study.optimize(objective, n_trials=n_trials, n_jobs=n_jobs, progress=True)

    best = study.best_trial
    print(f"\nBest of {len(study.trials)} trials: cross-validated accuracy {best.value:.4f} (trial {best.number})")
    for name, value in best.params.items():
        print(f"  {name} = {value:.4g}" if isinstance(value, float) else f"  {name} = {value}")

    tuned = held_out(best.params, best.seed)
    print(f"\nOn {len(tuned)} digits that no trial has seen it recognises {tuned.mean():.4f}")
    print(f"where scikit-learn's defaults (the perceptron for {EPOCHS} epochs) reach:")
    gains = []
    for params in DEFAULTS:
        default, rng = held_out(params, best.seed), np.random.default_rng(seed)
        gain = paired_gain(tuned, default, metric=f"held-out accuracy, {params['model']}", rng=rng)
        print(f"  {params['model']:6} {gain.defaults:.4f}, better by {gain.difference:+.4f}", end=" ")
        print(f"(95 % interval {gain.low:+.4f} to {gain.high:+.4f}, McNemar's exact p = {gain.p_value:.2g})")
        gains.append(gain)
    best_default = max(gains, key=lambda gain: gain.defaults)
    study.set_user_attr("gain", best_default.to_dict())
    path = write_report(study, report)

    print("\nWhat mattered:")
    for found in findings(study.trials, study.space, study.metrics, importance(study.history), checked=True):
        print(f"  - {found.text}")
    print(f"\nReport: {Path(path).resolve()}  ({time.perf_counter() - began:.0f} s)")
    print("Run it again with more --trials to go on from here.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--storage", default="sqlite:///tunesmith-demo.db")
    parser.add_argument("--report", default="report.html")
    parser.add_argument("--trials", type=int, default=80)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    main(options.storage, options.report, options.trials, options.jobs, options.seed)
