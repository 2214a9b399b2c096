"""One adapter file per library; each is imported only inside that library's own environment.

An adapter offers `make(space, seed, n_trials, **settings) -> optimiser`, where `space` is the plain description of
`benchmarks.problems.definitions` and the optimiser has two methods, both about *losses* (always minimised):

    ask() -> config                 the active parameters only
    tell(config, loss) -> None      the config that was asked first of those that aren't told yet

Some take more: `make(..., losses=m)` for several losses, told as a list; `make(..., constraints=k)` for constraints
known after the evaluation, told as `tell(config, loss, excesses)` with k numbers, all 0 or less where it is feasible.
"""
